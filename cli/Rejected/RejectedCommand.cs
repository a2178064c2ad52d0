using System.CommandLine;
using System.Globalization;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Ingesting;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Schemas;
using Spectre.Console;

namespace KpTelemetry.Cli.Rejected;

/// <summary><c>kp rejected list</c> and <c>kp rejected replay</c>: what could not be used, and sending it again after a fix.</summary>
public static class RejectedCommand
{
    private static readonly string[] ReasonNames = [.. Enum.GetValues<Reason>().Where(reason => reason != Reason.None && !reason.IsDropped()).Select(reason => reason.Name())];

    private sealed record Entry(string Site, string Reason, long Waiting, long Sent, long Replayed, long Gone, DateOnly? Since, DateTimeOffset? Until);

    /// <summary>Makes the command.</summary>
    public static Command Create() => new("rejected", "What could not be used, and sending it again after a fix") { CreateList(), CreateReplay() };

    private static Command CreateList()
    {
        var (site, reason) = Filters();
        var list = new Command("list", "List what was rejected: why, how much, and until when it can be replayed") { site, reason, JsonOutput.Option };
        list.SetAction((parsed, cancel) => ListAsync(parsed.GetValue(site), parsed.GetValue(reason), parsed.GetValue(JsonOutput.Option), cancel));
        return list;
    }

    private static Command CreateReplay()
    {
        var (site, reason) = Filters();
        var format = new Option<string>("--format") { Description = "How lines of logs are read, as in ./kp import", DefaultValueFactory = _ => "auto" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Send nothing, and tell what could be used now" };
        var replay = new Command("replay", "Send rejected lines through the parser again; each counts once, however often") { site, reason, format, dryRun, JsonOutput.Option };
        replay.SetAction((parsed, cancel) => ReplayAsync(
            new ReplayOptions(parsed.GetValue(site), parsed.GetValue(reason), parsed.GetValue(format)!, parsed.GetValue(dryRun)),
            parsed.GetValue(JsonOutput.Option),
            cancel));
        return replay;
    }

    private static (Option<string?> Site, Option<string?> Reason) Filters()
    {
        var site = new Option<string?>("--site") { Description = "Only lines of this site" };
        var reason = new Option<string?>("--reason") { Description = $"Only lines rejected for this: {string.Join(", ", ReasonNames)}" };
        reason.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } name && !ReasonNames.Contains(name, StringComparer.Ordinal))
                result.AddError($"--reason is one of {string.Join(", ", ReasonNames)}");
        });
        return (site, reason);
    }

    private static async Task<int> ListAsync(string? site, string? reason, bool json, CancellationToken cancel)
    {
        using var ingest = new IngestClient(StackInfo.Require(), TimeProvider.System);
        var entries = await ingest.GetAsync<Entry[]>($"/v1/rejected?site={Uri.EscapeDataString(site ?? "")}&reason={Uri.EscapeDataString(reason ?? "")}", cancel);
        if (json)
            JsonOutput.Write(entries);
        else if (entries.Length == 0)
            Console.Out.WriteLine("nothing was rejected");
        else
            Print(entries);
        return ExitCode.Done;
    }

    private static void Print(Entry[] entries)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var column in (string[])["site", "reason", "waiting", "under way", "replayed", "gone", "since", "can be replayed until"])
            table.AddColumn(new TableColumn(column).NoWrap());
        foreach (var entry in entries)
        {
            table.AddRow(
                Markup.Escape(entry.Site.Length == 0 ? "(unknown)" : entry.Site), entry.Reason, Number(entry.Waiting), Number(entry.Sent), Number(entry.Replayed), Number(entry.Gone),
                entry.Since?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "", entry.Until?.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture) ?? "");
        }

        AnsiConsole.Write(table);
    }

    private static async Task<int> ReplayAsync(ReplayOptions options, bool json, CancellationToken cancel)
    {
        using var ingest = new IngestClient(StackInfo.Require(), TimeProvider.System);
        var result = await RejectedReplay.RunAsync(ingest, options, visible: !json, TimeProvider.System, cancel);
        if (json)
            JsonOutput.Write(result);
        else
            Console.Out.WriteLine(result.InWords);
        return ExitCode.Done;
    }

    private static string Number(long number) => number.ToString("n0", CultureInfo.InvariantCulture);
}
