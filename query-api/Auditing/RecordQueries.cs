using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;
using KpTelemetry.QueryApi.Problems;

namespace KpTelemetry.QueryApi.Auditing;

/// <summary>Which entries a request asks for: a query, or what is wrong with it.</summary>
internal readonly record struct RecordQueries(RecordQuery? Query, IResult? Problem)
{
    /// <summary>Reads the parameters that every reading of the record has.</summary>
    public static RecordQueries Parse(string? from, string? to, string? kind, long? before, int limit, TimeProvider time)
    {
        var now = time.GetUtcNow();
        if (GivenTime.Parse(from, now.AddDays(-1)) is not { } start || GivenTime.Parse(to, now.AddMinutes(1)) is not { } end)
            return new(null, Problems.Problem.Result(StatusCodes.Status400BadRequest, GivenTime.Wrong));
        if (kind is not null && !EventKinds.All.Contains(kind))
            return new(null, Problems.Problem.Result(StatusCodes.Status400BadRequest, "There is no such kind.", new Dictionary<string, object?>(StringComparer.Ordinal) { ["kinds"] = EventKinds.All }));
        return new(new RecordQuery(start, end, kind, before, limit), null);
    }
}
