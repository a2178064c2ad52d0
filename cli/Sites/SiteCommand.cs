using System.CommandLine;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Ingesting;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Schemas.Sites;
using Spectre.Console;

namespace KpTelemetry.Cli.Sites;

/// <summary><c>kp site add</c> and <c>kp site list</c>: the definitions of measured sites.</summary>
public static class SiteCommand
{
    private sealed record Site(string Name, string Timezone, string[] Hosts, int Revision);

    /// <summary>Makes the command.</summary>
    public static Command Create() => new("site", "Define sites, and list them") { CreateAdd(), CreateList() };

    /// <summary>The sites that the running stack knows, by name.</summary>
    public static async Task<IReadOnlyList<string>> NamesAsync(IngestClient ingest, CancellationToken cancel) =>
        [.. (await ingest.GetAsync<Site[]>("/v1/sites", cancel)).Select(site => site.Name)];

    private static Command CreateAdd()
    {
        var name = new Argument<string>("name") { Description = "1 to 64 characters of a-z, 0-9, '.', '-' and '_'" };
        var timezone = new Option<string>("--timezone") { Description = "IANA name: the site's days are days there", Required = true };
        var host = new Option<string[]>("--host") { Description = "A host of the site's own: referrers from it are internal", AllowMultipleArgumentsPerToken = true };
        var add = new Command("add", "Define a site") { name, timezone, host, JsonOutput.Option };
        add.SetAction((parsed, cancel) => AddAsync(
            new SiteDefinition(parsed.GetValue(name)!, 1, parsed.GetValue(timezone)!, [.. (parsed.GetValue(host) ?? []).Select(text => text.ToLowerInvariant())]),
            parsed.GetValue(JsonOutput.Option),
            cancel));
        return add;
    }

    private static Command CreateList()
    {
        var list = new Command("list", "List the sites") { JsonOutput.Option };
        list.SetAction((parsed, cancel) => ListAsync(parsed.GetValue(JsonOutput.Option), cancel));
        return list;
    }

    private static async Task<int> AddAsync(SiteDefinition site, bool json, CancellationToken cancel)
    {
        if (site.Problems().FirstOrDefault() is { } problem)
            throw new KpFailure(problem, "./kp site add --help shows how it is used");
        using var ingest = new IngestClient(StackInfo.Require(), TimeProvider.System);
        var added = await ingest.PostAsync<Site>("/v1/sites", new { site.Name, timezone = site.TimeZone, site.Hosts }, cancel);
        if (json)
            JsonOutput.Write(added);
        else
            AnsiConsole.MarkupLineInterpolated($"{added.Name} is defined; its days are days of {added.Timezone}");
        return ExitCode.Done;
    }

    private static async Task<int> ListAsync(bool json, CancellationToken cancel)
    {
        using var ingest = new IngestClient(StackInfo.Require(), TimeProvider.System);
        var sites = await ingest.GetAsync<Site[]>("/v1/sites", cancel);
        if (json)
        {
            JsonOutput.Write(sites);
            return ExitCode.Done;
        }

        var table = new Table().Border(TableBorder.None).AddColumns("site", "timezone", "hosts");
        foreach (var site in sites)
            table.AddRow(Markup.Escape(site.Name), Markup.Escape(site.Timezone), Markup.Escape(string.Join(", ", site.Hosts)));
        AnsiConsole.Write(table);
        return ExitCode.Done;
    }
}
