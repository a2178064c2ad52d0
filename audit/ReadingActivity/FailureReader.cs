using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Storing;
using Npgsql;

namespace KpTelemetry.Audit.ReadingActivity;

/// <summary>Reads whose sign-ons failed. Whoever lets staff see it records that first.</summary>
public sealed class FailureReader(RecordStore store)
{
    private const string OfRange = "from audit.failures where generation = $1 and hour >= $2 and hour < $3";

    private const string SelectMost =
        $"select stream, sum(count)::bigint, count(*), max(count), (array_agg(hour order by count desc, hour desc))[1], max(last) {OfRange} and who = $4 group by stream order by sum(count) desc, max(last) desc limit $5";

    private const string SelectDays =
        $"select (hour at time zone 'UTC')::date as day, coalesce(sum(count) filter (where who = 2), 0)::bigint, coalesce(sum(count) filter (where who = 1), 0)::bigint {OfRange} and who in (1, 2) group by day order by day";

    private readonly NamesOfStaff _names = new(store);
    private readonly StreamHandles _members = new(store, PersonClass.Member);
    private readonly StreamHandles _staff = new(store, PersonClass.Staff);

    private sealed record Row(FailuresOfOne Failures, long Last);

    /// <summary>Whose sign-ons failed in a range of hours; handles are for <paramref name="user"/>.</summary>
    public async Task<SignOnFailures> ReadAsync(FailureQuery query, string user, CancellationToken cancellation)
    {
        await using var reading = await ProjectedReading.BeginAsync(store, cancellation);
        var days = await reading.ReadAsync(SelectDays, row => new FailuresOfDay(row.GetFieldValue<DateOnly>(0), row.GetInt64(1), row.GetInt64(2)), cancellation, Range(reading, query));
        var staff = await MostAsync(reading, query, PersonClass.Staff, _staff, user, cancellation);
        var names = await _names.ReadAsync(reading, staff.Select(row => row.Last), cancellation);
        var members = await MostAsync(reading, query, PersonClass.Member, _members, user, cancellation);
        return new SignOnFailures(reading.AsOf, days, [.. staff.Select(row => row.Failures with { User = names.GetValueOrDefault(row.Last)?.User })], [.. members.Select(row => row.Failures)]);
    }

    private static Task<List<Row>> MostAsync(ProjectedReading reading, FailureQuery query, PersonClass who, StreamHandles handles, string user, CancellationToken cancellation) => reading.ReadAsync(
        SelectMost,
        row => new Row(
            new FailuresOfOne
            {
                Handle = row.GetGuid(0), Access = handles.Make(row.GetGuid(0), user), Failures = row.GetInt64(1), Hours = row.GetInt64(2), InWorst = row.GetInt32(3), Worst = row.GetFieldValue<DateTimeOffset>(4),
            },
            row.GetInt64(5)),
        cancellation, [.. Range(reading, query), new() { Value = (short)who }, new() { Value = query.Limit }]);

    private static NpgsqlParameter[] Range(ProjectedReading reading, FailureQuery query) =>
        [new() { Value = reading.Generation }, new() { Value = query.From.UtcDateTime }, new() { Value = query.To.UtcDateTime }];
}
