using System.CommandLine;
using System.Globalization;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Importing;
using KpTelemetry.Cli.Ingesting;
using KpTelemetry.Cli.Stacks;
using Spectre.Console;

namespace KpTelemetry.Cli.Rebuilding;

/// <summary><c>kp rebuild</c>: has the log folded again, waits, and tells what is equal, higher and lower.</summary>
public static class RebuildCommand
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(500);

    private sealed record Asked(Guid Rebuild, bool IsNew);

    private sealed record Status(int Generation, string State, string? Books, string? Problem, long Folded, long ToFold, bool Decided, RebuiltDay[] Days);

    private sealed record RebuiltDay(string Site, DateOnly Day, string[] Equal, string[] Published, string[] Withheld, string[] Higher, string[] Lower, bool Part);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var from = new Option<string?>("--from") { Description = "The log day to begin with, YYYY-MM-DD: the UTC day of receipt; without it, all that the log has" };
        from.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && DayOf(text) is null)
                result.AddError("--from is a day such as 2026-01-31");
        });
        var command = new Command("rebuild", "Go through the log again, compare with what was counted, and publish what is more") { from, JsonOutput.Option };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(from) is { } text ? DayOf(text) : null, parsed.GetValue(JsonOutput.Option), TimeProvider.System, cancel));
        return command;
    }

    private static DateOnly? DayOf(string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static async Task<int> RunAsync(DateOnly? from, bool json, TimeProvider time, CancellationToken cancel)
    {
        using var ingest = new IngestClient(StackInfo.Require(), time);
        var asked = await ingest.PostAsync<Asked>("/v1/rebuilds", new { from }, cancel);
        if (!asked.IsNew)
            Console.Error.WriteLine("a rebuild is under way already: this is how it ends");
        var status = await ImportScreen.ShowAsync(!json, time, screen => EndAsync(ingest, asked.Rebuild, screen, time, cancel));
        if (status.State == "failed")
            throw new KpFailure($"the rebuild failed: {status.Problem}", "docs/REPLAY.md says what it compares; ./kp logs processors shows where it was");
        if (json)
            JsonOutput.Write(new { status.Generation, status.Books, status.Days });
        else
            Print(status);
        return ExitCode.Done;
    }

    private static async Task<Status> EndAsync(IngestClient ingest, Guid rebuild, ImportScreen screen, TimeProvider time, CancellationToken cancel)
    {
        ingest.Waiting = screen.Wait;
        while (true)
        {
            var status = await ingest.GetAsync<Status>($"/v1/rebuilds/{rebuild}", cancel);
            if (status.State == "failed" || (status.State == "done" && status.Decided))
                return status;
            screen.Begin(status.State switch { "folding" => "folding the log again", "comparing" => "comparing", "done" => "deciding what may be published", _ => "waiting for the processors" }, status.ToFold);
            screen.At(status.Folded);
            await Task.Delay(AskEvery, time, cancel);
        }
    }

    private static void Print(Status status)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var column in (string[])["site", "day", "equal", "published now", "withheld", "higher, not published", "lower, not published"])
            table.AddColumn(new TableColumn(column));
        foreach (var day in status.Days)
        {
            var equal = day.Part ? "not compared: begins before" : day.Published.Length + day.Withheld.Length + day.Higher.Length + day.Lower.Length == 0 ? "all" : Names(day.Equal);
            table.AddRow(Markup.Escape(day.Site), day.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), equal, Names(day.Published), Names(day.Withheld), Names(day.Higher), Names(day.Lower));
        }

        AnsiConsole.Write(table);
        var books = status.Books == "equal" ? "the books agree" : "the books were not compared, since the log does not begin where they do";
        Console.Out.WriteLine($"generation {status.Generation}: {status.Days.Length} days; {books}");
    }

    private static string Names(string[] tables) => Markup.Escape(string.Join(", ", tables));
}
