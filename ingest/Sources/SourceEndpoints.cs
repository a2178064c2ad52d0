using System.Security.Cryptography;
using KpTelemetry.Ingest.Answering;
using KpTelemetry.Ingest.Gathering;
using KpTelemetry.Ingest.Sites;
using KpTelemetry.Ingest.Starting;
using Microsoft.AspNetCore.Mvc;

namespace KpTelemetry.Ingest.Sources;

/// <summary>File sources and imports: known lengths, registering, the end, progress.</summary>
internal static class SourceEndpoints
{
    private const int MostDigests = 10_001;

    // A chain in base64, and the digests.
    private const int MostRegistrationBytes = (ContentChain.MostBytes / 3 * 4) + (1024 * 1024);

    private sealed record CandidatesBody(string? Site, byte[]? Head, long Length);

    private sealed record SourceBody(string? Site, byte[]? Head, long Length, PrefixDigest[]? Digests, byte[]? Chain);

    public static void MapSources(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/sources/candidates", CandidatesAsync);
        routes.MapPost("/v1/sources", RegisterAsync).WithMetadata(new RequestSizeLimitAttribute(MostRegistrationBytes));
        routes.MapPost("/v1/imports/{import:guid}/end", EndAsync);
        routes.MapGet("/v1/imports/{import:guid}", ProgressAsync);
    }

    private static async Task<IResult> CandidatesAsync(CandidatesBody body, SiteDirectory sites, ImportRegister imports, CancellationToken cancellation)
    {
        if (body.Site is null || await sites.FindAsync(body.Site, cancellation) is null)
            return Problem.UnknownSite;
        if (body.Head is not { Length: SHA256.HashSizeInBytes } || body.Length < 0)
            return BadDescription;
        return Results.Ok(new { lengths = await imports.CandidateLengthsAsync(body.Site, body.Head, body.Length, cancellation) });
    }

    private static async Task<IResult> RegisterAsync(SourceBody body, SiteDirectory sites, ImportRegister imports, CancellationToken cancellation)
    {
        if (body.Site is null || await sites.FindAsync(body.Site, cancellation) is null)
            return Problem.UnknownSite;
        if (body.Head is not { Length: SHA256.HashSizeInBytes } || body.Length < 0 || body.Digests is not { Length: > 0 and <= MostDigests } digests
            || digests.Any(prefix => prefix?.Digest is not { Length: SHA256.HashSizeInBytes }) || !digests.Any(prefix => prefix.Length == body.Length)
            || !ContentChain.IsSound(body.Chain, body.Length))
            return BadDescription;
        var import = await imports.RegisterAsync(new FileDescription(body.Site, body.Head, body.Length, digests, body.Chain ?? []), cancellation);
        return Results.Ok(new { source = import.Source, import = import.Import, resumeAt = import.ResumeAt, resumedRows = import.ResumedRows });
    }

    private static async Task<IResult> EndAsync(Guid import, SiteDirectory sites, ImportRegister imports, ImportEnding ending, CancellationToken cancellation)
    {
        if (await imports.FindAsync(import, cancellation) is not { } known || await sites.FindAsync(known.Site, cancellation) is not { } site)
            return Problem.UnknownImport;
        return await ending.TryEndAsync(new FileImport(known.Source, import), known.Length, site, cancellation) ? Results.Ok(new { import, ended = true }) : Problem.StorageFull;
    }

    private static async Task<IResult> ProgressAsync(Guid import, Ingestion ingestion, ProgressReader progress, CancellationToken cancellation) =>
        await progress.ReadAsync(import, ingestion.Lanes.Count, cancellation) is { } found ? Results.Ok(found) : Problem.UnknownImport;

    private static Problem BadDescription { get; } =
        Problem.BadRequest("bad-source", "The description of the file cannot be used", "head and digests are SHA-256 in base64; one digest is of the whole length; chain, where there is one, has entries of 12 bytes");
}
