using KpTelemetry.Ingest.Answering;
using KpTelemetry.Ingest.Gathering;
using KpTelemetry.Ingest.Parsing;
using KpTelemetry.Ingest.Policies;
using KpTelemetry.Ingest.Sending;
using KpTelemetry.Ingest.Sites;
using KpTelemetry.Ingest.Sources;
using KpTelemetry.Ingest.Starting;
using KpTelemetry.Schemas;

namespace KpTelemetry.Ingest.Logs;

/// <summary>
/// <c>POST /v1/logs</c>. The whole request is read into groups before the first of them is sent, so that one that is
/// refused half-way has stored nothing; it is answered when every group is safe.
/// </summary>
internal sealed class LogsEndpoint(Ingestion ingestion, SiteDirectory sites, ImportRegister imports, SentRanges sent, PolicyDirectory policies, LogMetrics metrics, TimeProvider time)
{
    private sealed record Receipt(int Partition, long? Offset);

    public async Task<IResult> TakeAsync(HttpContext http, string? site, string? format)
    {
        var cancellation = http.RequestAborted;
        if (site is null || await sites.FindAsync(site, cancellation) is not { } stamp)
            return Problem.UnknownSite;
        if (LogFormats.Find(format) is not { } known)
            return Problem.UnknownFormat;
        if (!FilePart.TryRead(http.Request.Headers, out var part))
            return Problem.BadRequest("bad-range", "Kp-Import and Content-Range do not name a part of a file", "send both or neither; Content-Range: bytes FIRST-LAST/*");
        RegisteredImport? import = null;
        if (part is not null && ((import = await imports.FindKnownAsync(part.Import, part.To, cancellation)) is null || import.Site != site))
            return Problem.UnknownImport;
        // What lies beyond the file that was told of is of no file: to take it as covered would lose what comes to lie there.
        if (part is not null && part.To > import!.Length)
            return Problem.BadRequest("bad-range", "The part lies beyond the file", "register the file again: it has grown");
        if (LogBody.Open(http.Request) is not { } body)
            return Problem.Of(StatusCodes.Status415UnsupportedMediaType);
        using var turn = await ingestion.Gatherings.TakeAsync(cancellation);
        if (turn is null)
            return Problem.Overloaded;

        var received = time.GetUtcNow().ToUnixTimeMilliseconds();
        var file = import is null ? null : new FileImport(import.Source, import.Import);
        var request = new LogRequest(stamp, known, received, policies.InForce.Values, import?.StateKey ?? ingestion.Lanes.StateKey(received), file, part?.From ?? 0);
        return await ReadAsync(body, turn, request, part, cancellation) ?? await StoreAsync(turn.Gathering, request, part);
    }

    private static async Task<Problem?> ReadAsync(System.IO.Pipelines.PipeReader body, GatheringPool.Turn turn, LogRequest request, FilePart? part, CancellationToken cancellation)
    {
        turn.Gathering.Begin(request);
        turn.Splitter.Begin(request.From);
        var end = await LogBody.ReadAsync(body, turn.Splitter, turn.Gathering, cancellation);
        if (end != BodyEnd.Complete)
            return end == BodyEnd.TooLarge ? Problem.Of(StatusCodes.Status413PayloadTooLarge) : Problem.BadRequest("corrupt-body", "The body does not decompress", "nothing of it was stored");
        // The start of a line that is too long stands for all of it, so that nobody has to send a gigabyte to have it refused.
        if (part is not null && (turn.Splitter.Position > part.To || (turn.Splitter.Position < part.To && !turn.Splitter.EndsInTooLongLine)))
            return Problem.BadRequest("bad-range", "The body's length is not that of Content-Range", "nothing of it was stored");
        turn.Splitter.Finish(part?.To ?? turn.Splitter.Position, turn.Gathering);
        return null;
    }

    private async Task<IResult> StoreAsync(LogGathering gathering, LogRequest request, FilePart? part)
    {
        var groups = gathering.Finish(part?.To ?? 0);
        var stored = await Task.WhenAll(groups.Select(ingestion.Lanes.SendAsync));
        if (Array.Exists(stored, group => group.Where == StoredIn.Refused))
            return Problem.StorageFull;
        metrics.Took(request.Site.Name, gathering);
        if (part is not null)
            await sent.NoteAsync(part.Import, part.From, part.To, gathering.Lines);
        return Results.Ok(new
        {
            accepted = gathering.Accepted,
            rejected = gathering.Rejected.ToDictionary(entry => entry.Reason.Name(), entry => entry.Lines, StringComparer.Ordinal),
            receipts = stored.Select(group => new Receipt(group.Partition, group.Where == StoredIn.Kafka ? group.Offset : null)).ToArray(),
        });
    }
}
