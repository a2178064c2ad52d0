using KpTelemetry.Ingest.Answering;
using KpTelemetry.Privacy.Detecting;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Schemas.Sites;

namespace KpTelemetry.Ingest.Sites;

/// <summary><c>GET</c> and <c>POST /v1/sites</c>, <c>PUT /v1/sites/NAME</c>: the definitions of sites.</summary>
internal static class SiteEndpoints
{
    private sealed record SiteBody(string? Name, string? Timezone, string[]? Hosts, string[]? Routes, string[]? Events, string[]? Campaigns);

    private sealed record LabelsBody(string[]? Routes, string[]? Events, string[]? Campaigns);

    public static void MapSites(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/sites", (SiteDirectory sites) => Results.Ok(sites.All.Select(Shown)));
        routes.MapPost("/v1/sites", AddAsync);
        routes.MapPut("/v1/sites/{name}", ReviseAsync);
    }

    private static async Task<IResult> AddAsync(SiteBody body, SiteDirectory sites, CancellationToken cancellation)
    {
        var site = new SiteDefinition(body.Name ?? "", 1, body.Timezone ?? "", [.. (body.Hosts ?? []).Select(host => host.ToLowerInvariant())])
        {
            Labels = new SiteLabels(body.Routes ?? [], body.Events ?? [], body.Campaigns ?? []),
        };
        if (Wrong(site) is { } problem)
            return problem;
        if (await sites.TryAddAsync(site, cancellation))
            return Results.Created((string?)null, Shown(site));
        var there = sites.All.First(known => known.Name == site.Name);
        return there.TimeZone == site.TimeZone && AreEqual(there.Hosts, site.Hosts) && (IsEmpty(site.Labels) || AreEqual(there.Labels, site.Labels))
            ? Results.Ok(Shown(there))
            : new Problem(StatusCodes.Status409Conflict, "site-exists", "A site of that name is defined otherwise", "its timezone decides which day an event belongs to, so it is not changed; routes, events and campaigns are revised with kp site labels");
    }

    // A list that is not given stays as it is.
    private static async Task<IResult> ReviseAsync(string name, LabelsBody body, SiteDirectory sites, CancellationToken cancellation)
    {
        if (sites.All.FirstOrDefault(known => known.Name == name) is not { } there)
            return Problem.UnknownSite;
        var labels = new SiteLabels(body.Routes ?? there.Labels.Routes, body.Events ?? there.Labels.Events, body.Campaigns ?? there.Labels.Campaigns);
        if (AreEqual(there.Labels, labels))
            return Results.Ok(Shown(there));
        var revised = there with { Revision = there.Revision + 1, Labels = labels };
        if (Wrong(revised) is { } problem)
            return problem;
        return await sites.TryReviseAsync(revised, cancellation)
            ? Results.Ok(Shown(revised))
            : new Problem(StatusCodes.Status409Conflict, "site-revised", "The site was revised at the same time", "read the definition again");
    }

    private static Problem? Wrong(SiteDefinition site)
    {
        if (site.Problems().FirstOrDefault() is { } problem)
            return Problem.BadRequest("bad-site", "The site cannot be defined", problem);
        // It is told in metrics, logs and answers to everybody.
        if (PageLabel.HasValue(site.Name))
            return Problem.BadRequest("bad-site", "The site cannot be defined", "the name looks like a number or a code of somebody's");
        if (site.Hosts.Any(DeclaredNames.MayIdentifyHost))
            return Problem.BadRequest("bad-site", "The site cannot be defined", "a host is an address, or looks like a number or a code of somebody's");
        // What a detector finds would never be published; what it does not would be.
        return site.Labels.Routes.Concat(site.Labels.Events).Concat(site.Labels.Campaigns).Any(label => LabelDetectors.Find(label) is not null || DeclaredNames.MayIdentify(label))
            ? Problem.BadRequest("bad-site", "The site cannot be defined", "a route, an event or a campaign holds what looks like an identifier; a value in a route is written {…}")
            : null;
    }

    private static bool IsEmpty(SiteLabels labels) => labels is { Routes.Count: 0, Events.Count: 0, Campaigns.Count: 0 };

    private static bool AreEqual(SiteLabels one, SiteLabels other) =>
        one.Routes.SequenceEqual(other.Routes, StringComparer.Ordinal) && AreEqual(one.Events, other.Events) && AreEqual(one.Campaigns, other.Campaigns);

    private static bool AreEqual(IEnumerable<string> one, IEnumerable<string> other) => one.Order(StringComparer.Ordinal).SequenceEqual(other.Order(StringComparer.Ordinal));

    private static object Shown(SiteDefinition site) =>
        new { site.Name, timezone = site.TimeZone, site.Hosts, site.Labels.Routes, site.Labels.Events, site.Labels.Campaigns, site.Revision };
}
