using System.CommandLine;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;
using Spectre.Console;

namespace KpTelemetry.Cli.Doctor;

/// <summary><c>kp doctor</c>: what is wrong, in words, and what to do about it.</summary>
public static class DoctorCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("doctor", "Say what is wrong, and what to do about it") { JsonOutput.Option };
        command.SetAction((parsed, cancel) => ExamineAsync(parsed.GetValue(JsonOutput.Option), cancel));
        return command;
    }

    private static async Task<int> ExamineAsync(bool json, CancellationToken cancel)
    {
        var home = StackHome.FromEnvironment();
        var file = RunFile.ReadLive(home);
        List<Finding> findings =
        [
            .. await Prerequisites.ExamineAsync(cancel),
            .. Engines.Examine(),
            .. HomeDirectory.Examine(home, file),
            .. Ports.Examine(home, file),
            .. await Services.ExamineAsync(home, file, cancel),
        ];
        if (json)
        {
            JsonOutput.Write(new { healthy = findings.TrueForAll(finding => finding.IsGood), findings });
        }
        else
        {
            findings.ForEach(Print);
        }

        return findings.TrueForAll(finding => finding.IsGood) ? ExitCode.Done : ExitCode.Failed;
    }

    private static void Print(Finding finding)
    {
        AnsiConsole.MarkupLine(finding.IsGood ? $"[green]good[/]  {Markup.Escape(finding.Text)}" : $"[red]wrong[/] {Markup.Escape(finding.Text)}");
        if (finding.Advice.Length > 0)
        {
            AnsiConsole.MarkupLine($"      {Markup.Escape(finding.Advice)}");
        }
    }
}
