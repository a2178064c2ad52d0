using KpTelemetry.Audit.People;
using KpTelemetry.Audit.ProjectingActivity;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Audit.ReadingActivity;

/// <summary>Reads what the staff did. Whoever lets staff see it records that first.</summary>
public sealed class ActivityReader(RecordStore store, RecordReader record)
{
    private const string Counts =
        "sum(count)::bigint, coalesce(sum(count) filter (where act = any($4)), 0)::bigint, coalesce(sum(count) filter (where act = any($5)), 0)::bigint, coalesce(sum(count) filter (where act = any($6)), 0)::bigint, " +
        "coalesce(sum(count) filter (where act = any($7)), 0)::bigint, coalesce(sum(count) filter (where act = any($8)), 0)::bigint, coalesce(sum(count) filter (where act = any($9)), 0)::bigint";

    private const string OfRange = "from audit.acts where generation = $1 and day >= $2 and day < $3";

    private const string SelectStaff = $"select {Counts}, staff, max(last) from (select staff, act, sum(count) as count, max(last) as last {OfRange} group by staff, act) as done group by staff having $10 is null or max(last) < $10 order by max(last) desc limit $11";

    private const string SelectDays = $"select {Counts}, day from (select day, act, sum(count) as count {OfRange} group by day, act) as done group by day order by day";

    private const string SelectLooks = "select staff, count(distinct member) from audit.looks where generation = $1 and day >= $2 and day < $3 and staff = any($4) group by staff";

    private const string OfPage = $"e.at >= $2 and e.at < $3 and {RecordReader.Older} order by e.at desc, e.index desc limit $5";

    // In their own stream, and what the projection has found in others'.
    private const string SelectEntries =
        $"""
        with found as ((select index, at from audit.entries e where e.stream = $1 and {OfPage})
            union all (select index, at from audit.acted e where generation = (select generation from audit.generations where answers) and staff = $1 and {OfPage}))
        {RecordReader.Columns} where e.index in (select index from found order by at desc, index desc limit $5) order by e.at desc, e.index desc
        """;

    private readonly NamesOfStaff _names = new(store);
    private readonly StreamHandles _handles = new(store, PersonClass.Staff);

    private readonly byte[][][] _acts = [.. ((string[][])
    [
        ["signed-on"], ["sign-on-failed"], ["staff-queried"], [StaffActs.Exported, "subject-data-exported"], ["grant-used"], [StaffActs.Refused],
    ]).Select(acts => acts.Select(act => StaffActs.Token(store, act)).ToArray())];

    private sealed record Row(Guid Staff, ActivityCounts Counts, long Last);

    /// <summary>What the staff did in a range of days; handles are for <paramref name="user"/>.</summary>
    public async Task<StaffActivity> ReadAsync(ActivityQuery query, string user, CancellationToken cancellation)
    {
        await using var reading = await ProjectedReading.BeginAsync(store, cancellation);
        var days = await reading.ReadAsync(SelectDays, row => new ActivityOfDay(row.GetFieldValue<DateOnly>(7), CountsOf(row)), cancellation, Parameters(reading, query));
        var rows = await reading.ReadAsync(SelectStaff, row => new Row(row.GetGuid(7), CountsOf(row), row.GetInt64(8)), cancellation, PageParameters(reading, query));
        var shown = rows.Take(query.Limit).ToList();
        var looks = (await reading.ReadAsync(SelectLooks, row => (Staff: row.GetGuid(0), Members: row.GetInt64(1)), cancellation, LookParameters(reading, query, shown))).ToDictionary(row => row.Staff, row => row.Members);
        var names = await _names.ReadAsync(reading, shown.Select(row => row.Last), cancellation);
        return new StaffActivity(reading.AsOf, days, [.. shown.Select(row => Of(row, looks.GetValueOrDefault(row.Staff), names.GetValueOrDefault(row.Last), user))], rows.Count > query.Limit ? shown[^1].Last : null);
    }

    /// <summary>What a member of staff did, entry by entry, the newest first; null where the handle is none of this user's.</summary>
    public async Task<RecordPage?> EntriesAsync(string handle, string user, RecordQuery query, CancellationToken cancellation)
    {
        if (_handles.Open(handle, user) is not { } staff)
            return null;
        await using var command = store.Database.CreateCommand(SelectEntries);
        command.Parameters.Add(new() { Value = staff });
        command.Parameters.Add(new() { Value = query.From.UtcDateTime });
        command.Parameters.Add(new() { Value = query.To.UtcDateTime });
        command.Parameters.Add(new() { Value = (object?)query.Before ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = query.Limit + 1 });
        return RecordPage.Of(await record.LinesAsync(command, cancellation), query.Limit);
    }

    /// <summary>A handle of an account for <paramref name="user"/>, a new one each time.</summary>
    public string HandleOf(string account, string user)
    {
        var person = new Person(PersonClass.Staff, account);
        return _handles.Make(store.Vault.GetOrCreate([person])[person].Stream, user);
    }

    private ActivityOfStaff Of(Row row, long looks, NamesOfStaff.Named? newest, string user) => new()
    {
        Handle = row.Staff, Access = _handles.Make(row.Staff, user), User = newest?.User, Counts = row.Counts, MembersLookedAt = looks, Last = newest?.At,
    };

    private static ActivityCounts CountsOf(NpgsqlDataReader row)
    {
        var known = Enumerable.Range(1, 6).Select(row.GetInt64).ToArray();
        return new ActivityCounts(known[0], known[1], known[2], known[3], known[4], known[5], row.GetInt64(0) - known.Sum());
    }

    private NpgsqlParameter[] Parameters(ProjectedReading reading, ActivityQuery query) =>
        [new() { Value = reading.Generation }, new() { Value = query.From }, new() { Value = query.To }, .. _acts.Select(tokens => new NpgsqlParameter { Value = tokens })];

    private NpgsqlParameter[] PageParameters(ProjectedReading reading, ActivityQuery query) =>
        [.. Parameters(reading, query), new() { Value = (object?)query.Before ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint }, new() { Value = query.Limit + 1 }];

    private static NpgsqlParameter[] LookParameters(ProjectedReading reading, ActivityQuery query, IEnumerable<Row> shown) =>
        [new() { Value = reading.Generation }, new() { Value = query.From }, new() { Value = query.To }, new() { Value = shown.Select(row => row.Staff).ToArray() }];
}
