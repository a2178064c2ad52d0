using System.Text.Json;
using KpTelemetry.Ingest.Answering;
using KpTelemetry.Ingest.Authorising;
using KpTelemetry.Ingest.Gathering;
using KpTelemetry.Ingest.Logs;
using KpTelemetry.Ingest.Parsing;
using KpTelemetry.Ingest.Policies;
using KpTelemetry.Ingest.Sending;
using KpTelemetry.Ingest.Sites;
using KpTelemetry.Ingest.Starting;
using KpTelemetry.Schemas;

namespace KpTelemetry.Ingest.Access;

/// <summary>
/// <c>POST /v1/access</c>: who accessed what, from the portals' own servers. It goes to the access record and nowhere else
/// (P2), whatever flags a member has: the security record goes on (P12, P15). Answered when every group is safe; sent
/// again it is the same events.
/// </summary>
internal sealed class AccessEndpoint(Ingestion ingestion, SiteDirectory sites, PolicyDirectory policies, AccessMetrics metrics, TimeProvider time)
{
    private const int MostProblemsTold = 100;

    private sealed record EventProblem(int Index, string Reason);

    public async Task<IResult> TakeAsync(HttpContext http, string? site)
    {
        var cancellation = http.RequestAborted;
        if (site is null || await sites.FindAsync(site, cancellation) is not { } stamp)
            return Problem.UnknownSite;
        if (!http.Request.HasJsonContentType() || LogBody.Open(http.Request) is not { } body)
            return Problem.Of(StatusCodes.Status415UnsupportedMediaType);
        using var turn = await ingestion.Gatherings.TakeAsync(cancellation);
        if (turn is null)
            return Problem.Overloaded;
        var (events, problem) = await AccessBody.ReadAsync(body, cancellation);
        if (problem is not null)
            return problem;
        var received = time.GetUtcNow().ToUnixTimeMilliseconds();
        return await StoreAsync(turn.Gathering, new LogRequest(stamp, LogFormat.Auto, received, policies.InForce.Values, ingestion.Lanes.StateKey(received), File: null, From: 0), events);
    }

    private async Task<IResult> StoreAsync(LogGathering gathering, LogRequest request, JsonElement[] events)
    {
        var problems = Gather(gathering, request, events);
        var stored = await Task.WhenAll(gathering.Finish(0).Select(ingestion.Lanes.SendAsync));
        if (Array.Exists(stored, group => group.Where == StoredIn.Refused))
            return Problem.StorageFull;
        metrics.Took(request.Site.Name, gathering);
        return Results.Ok(new
        {
            accepted = gathering.Accepted,
            rejected = gathering.Rejected.ToDictionary(entry => entry.Reason.Name(), entry => entry.Lines, StringComparer.Ordinal),
            problems,
        });
    }

    private static List<EventProblem> Gather(LogGathering gathering, LogRequest request, JsonElement[] events)
    {
        gathering.Begin(request);
        var problems = new List<EventProblem>();
        for (var i = 0; i < events.Length; i++)
        {
            var told = ToldAccess.Read(events[i]);
            var reason = told is null ? Reason.MalformedLine : told.Problem() is not Reason.None and var wrong ? wrong : gathering.ReasonOf(told.TimeMs()!.Value);
            if (reason == Reason.None)
            {
                gathering.Take(told!.EventOf(request.BareSite, IngestKeys.LocalKeyId));
                continue;
            }

            gathering.Refuse(reason);
            if (problems.Count < MostProblemsTold)
                problems.Add(new EventProblem(i, reason.Name()));
        }

        return problems;
    }
}
