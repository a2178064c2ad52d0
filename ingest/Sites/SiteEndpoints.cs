using KpTelemetry.Ingest.Answering;
using KpTelemetry.Schemas.Sites;

namespace KpTelemetry.Ingest.Sites;

/// <summary><c>GET</c> and <c>POST /v1/sites</c>: the definitions of sites.</summary>
internal static class SiteEndpoints
{
    private sealed record SiteBody(string? Name, string? Timezone, string[]? Hosts);

    public static void MapSites(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/sites", (SiteDirectory sites) => Results.Ok(sites.All.Select(Shown)));
        routes.MapPost("/v1/sites", AddAsync);
    }

    private static async Task<IResult> AddAsync(SiteBody body, SiteDirectory sites, CancellationToken cancellation)
    {
        var site = new SiteDefinition(body.Name ?? "", 1, body.Timezone ?? "", [.. (body.Hosts ?? []).Select(host => host.ToLowerInvariant())]);
        if (site.Problems().FirstOrDefault() is { } problem)
            return Problem.BadRequest("bad-site", "The site cannot be defined", problem);
        if (await sites.TryAddAsync(site, cancellation))
            return Results.Created((string?)null, Shown(site));
        var there = sites.All.First(known => known.Name == site.Name);
        return there.TimeZone == site.TimeZone && there.Hosts.Order(StringComparer.Ordinal).SequenceEqual(site.Hosts.Order(StringComparer.Ordinal))
            ? Results.Ok(Shown(there))
            : new Problem(StatusCodes.Status409Conflict, "site-exists", "A site of that name is defined otherwise", "its timezone decides which day an event belongs to, so it is not changed");
    }

    private static object Shown(SiteDefinition site) => new { site.Name, timezone = site.TimeZone, site.Hosts, site.Revision };
}
