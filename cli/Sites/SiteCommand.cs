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
    private sealed record Site(string Name, string Timezone, string[] Hosts, string[] Routes, string[] Events, string[] Campaigns, int Revision);

    /// <summary>Makes the command.</summary>
    public static Command Create() => new("site", "Define sites, and list them") { CreateAdd(), CreateLabels(), CreateList() };

    /// <summary>The sites that the running stack knows, by name.</summary>
    public static async Task<IReadOnlyList<string>> NamesAsync(IngestClient ingest, CancellationToken cancel) =>
        [.. (await ingest.GetAsync<Site[]>("/v1/sites", cancel)).Select(site => site.Name)];

    private static Command CreateAdd()
    {
        var name = new Argument<string>("name") { Description = "1 to 64 characters of a-z, 0-9, '.', '-' and '_'" };
        var timezone = new Option<string>("--timezone") { Description = "IANA name: the site's days are days there", Required = true };
        var host = new Option<string[]>("--host") { Description = "A host of the site's own: referrers from it are internal", AllowMultipleArgumentsPerToken = true };
        var (route, @event, campaign) = LabelOptions();
        var add = new Command("add", "Define a site") { name, timezone, host, route, @event, campaign, JsonOutput.Option };
        add.SetAction((parsed, cancel) => AddAsync(
            new SiteDefinition(parsed.GetValue(name)!, 1, parsed.GetValue(timezone)!, [.. (parsed.GetValue(host) ?? []).Select(text => text.ToLowerInvariant())])
            {
                Labels = new SiteLabels(parsed.GetValue(route) ?? [], parsed.GetValue(@event) ?? [], parsed.GetValue(campaign) ?? []),
            },
            parsed.GetValue(JsonOutput.Option),
            cancel));
        return add;
    }

    private static Command CreateLabels()
    {
        var name = new Argument<string>("name") { Description = "A site that is defined" };
        var (route, @event, campaign) = LabelOptions();
        var labels = new Command("labels", "Replace a site's routes, events or campaigns; a list that is not given stays") { name, route, @event, campaign, JsonOutput.Option };
        labels.SetAction((parsed, cancel) => ReviseAsync(
            parsed.GetValue(name)!, Given(parsed, route), Given(parsed, @event), Given(parsed, campaign), parsed.GetValue(JsonOutput.Option), cancel));
        return labels;
    }

    private static (Option<string[]> Route, Option<string[]> Event, Option<string[]> Campaign) LabelOptions() => (
        new Option<string[]>("--route") { Description = "A route of the site's own, such as /doctors/{…}/reviews", AllowMultipleArgumentsPerToken = true },
        new Option<string[]>("--event") { Description = "The name of an event that its pages send", AllowMultipleArgumentsPerToken = true },
        new Option<string[]>("--campaign") { Description = "A campaign that its links may name", AllowMultipleArgumentsPerToken = true });

    private static string[]? Given(ParseResult parsed, Option<string[]> option) => parsed.GetResult(option) is null ? null : parsed.GetValue(option) ?? [];

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
        var added = await ingest.PostAsync<Site>("/v1/sites", new { site.Name, timezone = site.TimeZone, site.Hosts, site.Labels.Routes, site.Labels.Events, site.Labels.Campaigns }, cancel);
        if (json)
            JsonOutput.Write(added);
        else
            AnsiConsole.MarkupLineInterpolated($"{added.Name} is defined; its days are days of {added.Timezone}");
        return ExitCode.Done;
    }

    private static async Task<int> ReviseAsync(string name, string[]? routes, string[]? events, string[]? campaigns, bool json, CancellationToken cancel)
    {
        using var ingest = new IngestClient(StackInfo.Require(), TimeProvider.System);
        var revised = await ingest.PutAsync<Site>($"/v1/sites/{Uri.EscapeDataString(name)}", new { routes, events, campaigns }, cancel);
        if (json)
            JsonOutput.Write(revised);
        else
            AnsiConsole.MarkupLineInterpolated($"{revised.Name}: revision {revised.Revision}, {revised.Routes.Length} routes, {revised.Events.Length} events, {revised.Campaigns.Length} campaigns");
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
