using System.CommandLine;
using System.Globalization;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Local.Simulator.Live;
using KpTelemetry.Local.Stack.Up;

namespace KpTelemetry.Local.Stack.Simulate;

/// <summary><c>kp simulate</c>: the simulated fleet against a running stack, or written to a log file.</summary>
internal static class SimulateCommand
{
    private static readonly Option<double> Rate = new("--rate") { Description = "Page views a second, 0.1 to 5000", DefaultValueFactory = _ => LiveOptions.StandardRate };
    private static readonly Option<double?> Minutes = new("--minutes") { Description = "How long to play; without it until Ctrl-C" };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "The same seed gives the same fleet", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> File = new("--write-log") { Description = "Write a log in combined format to this file (- for standard output)" };
    private static readonly Option<long> Lines = new("--lines") { Description = "Lines of the log", DefaultValueFactory = _ => 100_000 };
    private static readonly Option<int> Days = new("--days") { Description = "Days that the log spans, 1 to 3650", DefaultValueFactory = _ => 14 };
    private static readonly Option<string?> Start = new("--start") { Description = "First day of the log (2026-11-01); without it the log ends now" };
    private static readonly Option<string> Site = new("--site") { Description = "Whose pages the log shows", DefaultValueFactory = _ => "kp.org" };

    public static Command Create()
    {
        var command = new Command("simulate", "Play the simulated fleet against a running stack, or write it to a log file") { Rate, Minutes, Seed, File, Lines, Days, Start, Site };
        Require(Rate, rate => rate is >= 0.1 and <= 5000, "--rate takes 0.1 to 5000");
        Require(Minutes, minutes => minutes is null or > 0, "--minutes takes more than 0");
        Require(Lines, lines => lines >= 1, "--lines takes at least 1");
        Require(Days, days => days is >= 1 and <= 3650, "--days takes 1 to 3650");
        Require(Start, start => start is null || TryDay(start, out _), "--start takes a day such as 2026-11-01");
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed)
    {
        using var stop = new StopRequest();
        return parsed.GetValue(File) is { } file
            ? await LogWriting.RunAsync(file, parsed.GetValue(Site)!, parsed.GetValue(Lines), FirstDay(parsed), parsed.GetValue(Days), parsed.GetValue(Seed), stop.Token)
            : await LivePlaying.RunAsync(Options(parsed), stop.Token);
    }

    private static DateTimeOffset FirstDay(ParseResult parsed) =>
        TryDay(parsed.GetValue(Start), out var day) ? day : TimeProvider.System.GetUtcNow().AddDays(-parsed.GetValue(Days));

    private static LiveOptions Options(ParseResult parsed) => new(
        parsed.GetValue(Rate),
        parsed.GetValue(Minutes) is { } minutes ? TimeSpan.FromMinutes(minutes) : null,
        parsed.GetValue(Seed),
        LiveOptions.StandardSites);

    private static bool TryDay(string? text, out DateTimeOffset day) =>
        DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out day);

    private static void Require<T>(Option<T> option, Func<T?, bool> holds, string otherwise) => option.Validators.Add(result =>
    {
        if (!holds(result.GetValueOrDefault<T>()))
            result.AddError(otherwise);
    });
}
