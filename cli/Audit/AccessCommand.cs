using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Querying;
using KpTelemetry.Cli.Stacks;
using Spectre.Console;

namespace KpTelemetry.Cli.Audit;

/// <summary>
/// <c>kp audit access</c>: what the record holds of a member. Who it is comes from standard input or a file, never as an
/// argument, which other users of the machine and the shell's history would see.
/// </summary>
internal static class AccessCommand
{
    private const string Members = "/api/v1/audit/members";
    private const int LongestMember = 256;
    private const string BreakGlass = "break-glass";
    private static readonly string[] Purposes = ["security-investigation", "subject-request", "legal", "quality", BreakGlass];

    private sealed record Handle([property: System.Text.Json.Serialization.JsonPropertyName("handle")] string Value);

    private sealed record Entry(DateTimeOffset At, string Kind, string? Outcome, string? Site, string? Service, string? Resource, string? Channel, string? Actor, string? OnBehalfOf, string? Role, string? Purpose, string? Case);

    private sealed record Asked(FileInfo? File, string Purpose, string Case, string? From, string? To, long? Before, int Limit, bool Json);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var file = new Argument<FileInfo?>("file") { Description = "A file that holds the member's name; standard input where none is given", Arity = ArgumentArity.ZeroOrOne };
        var purpose = new Option<string>("--purpose") { Description = $"What it is for: {string.Join(", ", Purposes)}", Required = true };
        purpose.AcceptOnlyFromAmong(Purposes);
        var number = new Option<string>("--case") { Description = "The number of the case that it belongs to", Required = true };
        var from = new Option<string?>("--from") { Description = "The first day or time, UTC" };
        var to = new Option<string?>("--to") { Description = "The day or time before which it ends, UTC" };
        var before = new Option<long?>("--before") { Description = "The entry after which it begins, as the page before tells it" };
        var limit = new Option<int>("--limit") { Description = "How many entries at most, 1 to 1000", DefaultValueFactory = _ => 100 };
        var command = new Command("access", "Show what the record holds of a member; the read is on the record") { file, purpose, number, from, to, before, limit, JsonOutput.Option };
        command.SetAction((parsed, cancel) => RunAsync(
            new Asked(parsed.GetValue(file), parsed.GetValue(purpose)!, parsed.GetValue(number)!, parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(before), parsed.GetValue(limit), parsed.GetValue(JsonOutput.Option)), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Asked asked, CancellationToken cancel)
    {
        var member = await ReadMemberAsync(asked.File, cancel);
        using var client = new QueryApiClient(StackInfo.Require(), RoleFor(asked.Purpose), "docs/ACCESS.md", ("X-Purpose-Of-Use", asked.Purpose), ("X-Case", asked.Case));
        var handle = await client.PostAsync<Handle>($"{Members}/lookup", JsonSerializer.Serialize(new { member }), cancel);
        var timeline = await client.GetAsync<JsonElement>(
            $"{Members}/{handle.Value}/access?limit={asked.Limit.ToString(CultureInfo.InvariantCulture)}&from={Uri.EscapeDataString(asked.From ?? "")}&to={Uri.EscapeDataString(asked.To ?? "")}{(asked.Before is { } before ? $"&before={before.ToString(CultureInfo.InvariantCulture)}" : "")}", cancel);
        if (asked.Purpose == BreakGlass)
            await Console.Error.WriteLineAsync("this look broke the glass: it is an open case until another person has reviewed it".AsMemory(), cancel);
        if (asked.Json)
            JsonOutput.Write(timeline);
        else
            Print(timeline);
        return ExitCode.Done;
    }

    // Investigations are security's; the rest is asked in the role of privacy.
    private static string RoleFor(string purpose) => purpose is "security-investigation" or BreakGlass ? "security" : "privacy";

    private static async Task<string> ReadMemberAsync(FileInfo? file, CancellationToken cancel)
    {
        if (file is { Exists: false })
            throw new KpFailure($"there is no file {file.Name}", "it holds the member's name, and nothing else");
        if (file is null && !Console.IsInputRedirected)
            await Console.Error.WriteAsync("member: ");
        using var reader = file is null ? new StreamReader(Console.OpenStandardInput(), Encoding.UTF8) : file.OpenText();
        var member = (await reader.ReadLineAsync(cancel))?.Trim();
        return member is { Length: > 0 and <= LongestMember } ? member : throw new KpFailure("no member was named", "put the member's name on standard input, or into a file");
    }

    private static void Print(JsonElement timeline)
    {
        var entries = timeline.GetProperty("events").Deserialize<Entry[]>(JsonOutput.Options)!;
        if (entries.Length == 0)
            AnsiConsole.WriteLine("the record holds nothing of this member in that time");
        foreach (var entry in entries)
        {
            string?[] words =
            [
                entry.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), entry.Kind, entry.Outcome, entry.Site, entry.Service ?? entry.Resource, entry.Channel,
                entry.Actor is null ? null : $"by {entry.Actor}{(entry.Role is null ? null : $" as {entry.Role}")}", entry.OnBehalfOf is null ? null : $"for {entry.OnBehalfOf}", entry.Purpose, entry.Case,
            ];
            AnsiConsole.WriteLine(string.Join("  ", words.Where(word => !string.IsNullOrEmpty(word))));
        }

        if (timeline.GetProperty("next") is { ValueKind: JsonValueKind.Number } next)
            AnsiConsole.WriteLine($"older entries: --before {next.GetInt64().ToString(CultureInfo.InvariantCulture)}");
    }
}
