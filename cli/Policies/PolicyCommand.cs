using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Querying;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Schemas.Policies;
using Spectre.Console;

namespace KpTelemetry.Cli.Policies;

/// <summary><c>kp policy show</c>, <c>check FILE</c> and <c>publish FILE</c>: the privacy policy in force, what a revision would change, publishing it.</summary>
public static class PolicyCommand
{
    private const string Path = "/api/v1/policy";

    private sealed record Shown(string Revision, DateOnly NoticeFrom, DateOnly EffectiveFrom, JsonElement Document, IReadOnlyList<PolicyChange> Changes);

    private sealed record Retained(string Key, DateTimeOffset? Until, string WaitsFor);

    private sealed record Policy(Shown InForce, IReadOnlyList<Shown> Coming, IReadOnlyList<Retained> Retention);

    private sealed record Checked(string Revision, DateOnly NoticeFrom, DateOnly EffectiveFrom, IReadOnlyList<string> Refusals, IReadOnlyList<PolicyChange> Changes);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var show = new Command("show", "Show the policy in force, and revisions to come") { JsonOutput.Option };
        show.SetAction((parsed, cancel) => ShowAsync(parsed.GetValue(JsonOutput.Option), cancel));
        return new Command("policy", "Show the privacy policy, check a revision of it, publish one")
        {
            show,
            OfFile("check", "Say what a revision would change, and what that does to what is stored", CheckAsync),
            OfFile("publish", "Publish a revision: it takes effect on its date, and never changes", PublishAsync),
        };
    }

    private static QueryApiClient Client() => new(StackInfo.Require(), "privacy", "docs/POLICY.md");

    private static Command OfFile(string name, string description, Func<PolicyRevision, bool, CancellationToken, Task<int>> run)
    {
        var file = new Argument<FileInfo>("file") { Description = "The revision's JSON document (docs/POLICY.md)" };
        var command = new Command(name, description) { file, JsonOutput.Option };
        command.SetAction(async (parsed, cancel) => await run(await ReadAsync(parsed.GetValue(file)!, cancel), parsed.GetValue(JsonOutput.Option), cancel));
        return command;
    }

    private static async Task<PolicyRevision> ReadAsync(FileInfo file, CancellationToken cancel)
    {
        if (!file.Exists)
            throw new KpFailure($"there is no file {file.Name}", "./kp policy --help shows how it is used");
        return PolicyDocument.Read(await File.ReadAllTextAsync(file.FullName, cancel), out var problems)
            ?? throw new KpFailure(string.Join("; ", problems), "docs/POLICY.md tells what a revision must be");
    }

    private static async Task<int> ShowAsync(bool json, CancellationToken cancel)
    {
        using var client = Client();
        var policy = await client.GetAsync<Policy>(Path, cancel);
        if (json)
        {
            JsonOutput.Write(policy);
            return ExitCode.Done;
        }

        AnsiConsole.MarkupLineInterpolated($"policy {policy.InForce.Revision}, in force since {Day(policy.InForce.EffectiveFrom)}");
        var table = new Table().Border(TableBorder.None).AddColumns("key", "value", "meaning");
        foreach (var key in PolicyKeys.All)
            table.AddRow(Markup.Escape(key.Name), Markup.Escape(policy.InForce.Document.GetProperty("values").GetProperty(key.Name).ToString()), Markup.Escape(key.Meaning));
        AnsiConsole.Write(table);
        foreach (var coming in policy.Coming)
        {
            AnsiConsole.MarkupLineInterpolated($"coming: policy {coming.Revision}, in force from {Day(coming.EffectiveFrom)}, notice from {Day(coming.NoticeFrom)}");
            Print(coming.Changes);
        }

        PrintRetention(policy.Retention);
        return ExitCode.Done;
    }

    private static async Task<int> CheckAsync(PolicyRevision revision, bool json, CancellationToken cancel)
    {
        using var client = Client();
        var answer = await client.PostAsync<Checked>($"{Path}/check", revision.Document, cancel);
        if (json)
            JsonOutput.Write(answer);
        else
        {
            AnsiConsole.MarkupLineInterpolated($"policy {answer.Revision} would be in force from {Day(answer.EffectiveFrom)}, notice from {Day(answer.NoticeFrom)}");
            Print(answer.Changes);
        }

        return answer.Refusals.Count == 0 ? ExitCode.Done : throw new KpFailure($"it cannot be published: {string.Join("; ", answer.Refusals)}", "docs/POLICY.md tells what publishing asks for");
    }

    private static async Task<int> PublishAsync(PolicyRevision revision, bool json, CancellationToken cancel)
    {
        using var client = Client();
        var answer = await client.PostAsync<Checked>(Path, revision.Document, cancel);
        if (json)
            JsonOutput.Write(answer);
        else
        {
            AnsiConsole.MarkupLineInterpolated($"policy {answer.Revision} is published and takes effect on {Day(answer.EffectiveFrom)}");
            Print(answer.Changes);
        }

        return ExitCode.Done;
    }

    private static void Print(IReadOnlyList<PolicyChange> changes)
    {
        if (changes.Count == 0)
            AnsiConsole.WriteLine("  nothing changes");
        foreach (var change in changes)
        {
            AnsiConsole.MarkupLineInterpolated($"  {change.Key}: {change.From} -> {change.To} ({(change.Direction == "other" ? "neither stricter nor laxer" : change.Direction)}; {change.Meaning})");
            AnsiConsole.MarkupLineInterpolated($"    to what is stored: {change.OnStored}");
        }
    }

    // By purpose the oldest: those after it end later.
    private static void PrintRetention(IReadOnlyList<Retained> keys)
    {
        foreach (var purpose in keys.GroupBy(key => key.Key.Split('/')[0]).OrderBy(purpose => purpose.Key, StringComparer.Ordinal))
        {
            var first = purpose.MinBy(key => key.Key, StringComparer.Ordinal)!;
            var until = first.Until is { } end ? $", until {end.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC of the log by policy" : "";
            AnsiConsole.MarkupLineInterpolated($"kept: {purpose.Count()} keys of {purpose.Key}, the oldest {first.Key}{until}; it waits for {first.WaitsFor}");
        }
    }

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
