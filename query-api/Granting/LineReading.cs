using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.ReadingLines;
using KpTelemetry.QueryApi.Recording;

namespace KpTelemetry.QueryApi.Granting;

/// <summary>What a reading came to: lines and the grant as it is after it, or why there are none.</summary>
public sealed record LinesAnswer(Grant? Grant, LinesRead? Read, Refusal? Refusal);

/// <summary>
/// Reads identified log lines under a grant, for the API and the page alike (P2). What is read is recorded as one act of the
/// reader, the grant and the members, before it is returned; a refusal is recorded by the filter of what is done.
/// </summary>
public sealed class LineReading(GrantBook grants, IdentifiedLines lines)
{
    private static readonly Refusal NoGrant = new(RefusalKind.Forbidden, "There is no such grant, and nothing is read without one: POST /api/v1/audit/grants asks for one.");

    /// <summary>Reads with the grant of that id.</summary>
    public async Task<LinesAnswer> ReadAsync(string id, LinesWanted? wanted, HttpContext http, CancellationToken cancellation)
    {
        http.DescribeRead($"grant {id}");
        var act = GrantEndpoints.ActOf(http);
        var (grant, refusal) = await grants.CheckAsync(id, act, cancellation);
        if (grant is null || refusal is not null)
            return Refused(refusal!);
        if (LinePlace.Parse(wanted?.After) is not { } after)
            return Refused(new Refusal(RefusalKind.Unusable, "after is the next of the reading before."));
        if (wanted?.Limit is < 1 or > GrantLimits.MostLines)
            return Refused(new Refusal(RefusalKind.Unusable, $"limit goes from 1 to {GrantLimits.MostLines}."));

        var found = await lines.FindAsync(grant.Scope, after, Math.Min(wanted?.Limit ?? grant.LinesLeft, grant.LinesLeft), cancellation);
        var read = RecordReads.Read(http, allowed: true) with { Purpose = grant.Purpose, Case = grant.Case };
        var used = await grants.UseAsync(id, act, read, found.Lines.CountBy(line => line.Member).ToDictionary(StringComparer.Ordinal), cancellation);
        return used.Refusal is { } late
            ? Refused(late)
            : new LinesAnswer(used.Grant, new LinesRead(found.Lines, found.Next?.ToString(), found.Gone, used.Grant!.LinesLeft), null);
    }

    private static LinesAnswer Refused(Refusal refusal) => new(null, null, refusal.Kind == RefusalKind.Unknown ? NoGrant : refusal);
}
