using KpTelemetry.Privacy.Release;
using Npgsql;

namespace KpTelemetry.Processors.Publishing;

/// <summary>What a span of done blocks asks to be decided about a site.</summary>
/// <param name="Open">Open days that got blocks.</param>
/// <param name="Settling">Days to settle: those that close now, and closed ones with late data where a day closes or an import ends.</param>
/// <param name="IsSettling">Whether a day closes or an import ends, also where nothing is left to settle.</param>
/// <param name="IsNothing">Whether the span does not concern the site at all.</param>
internal sealed record SiteWork(IReadOnlyList<DayState> Open, IReadOnlyList<DayState> Settling, bool IsSettling, bool IsNothing);

/// <summary>A done block that has cells of a site's day.</summary>
internal readonly record struct DoneBlock(long Seq, long Attempt, DateOnly LogDay);

/// <summary>The state of a day ended in a partition: visitors of blocks through it may count again in those after it.</summary>
/// <param name="Known">The partition's last block before it ended.</param>
/// <param name="Through">The same, or the block in which it ended and began again.</param>
internal readonly record struct Forgetting(long Known, long Through);

/// <summary>Reads from PostgreSQL what there is to decide. Blocks up to a head that was read do not change any more.</summary>
internal sealed class SiteWorkReader(NpgsqlDataSource database)
{
    /// <summary>The work of blocks after <paramref name="decided"/> up to and including <paramref name="through"/>.</summary>
    public async Task<SiteWork> ReadAsync(string site, long decided, long through, CancellationToken cancellation)
    {
        var touched = await DaysAsync("select distinct day from kp.block_days where site = $1 and seq > $2 and seq <= $3", site, decided, through, cancellation);
        var closing = await DaysAsync(Closing, site, decided, through, cancellation);
        var importEnded = await HasImportEndedAsync(site, decided, through, cancellation);
        if (touched.Count == 0 && closing.Count == 0 && !importEnded)
            return new SiteWork([], [], IsSettling: false, IsNothing: true);
        var late = closing.Count > 0 || importEnded
            ? await DaysAsync(Late, site, decided, through, cancellation)
            : [];
        var states = await StatesAsync(site, [.. touched.Union(closing).Union(late)], cancellation);
        return new SiteWork(
            [.. states.Where(day => !day.Closed && !closing.Contains(day.Day))],
            [.. states.Where(day => day.Closed ? late.Contains(day.Day) : closing.Contains(day.Day))],
            closing.Count > 0 || importEnded,
            IsNothing: false);
    }

    /// <summary>The blocks with cells of any of the days, in the order of their commits.</summary>
    public async Task<List<DoneBlock>> BlocksAsync(string site, DateOnly from, DateOnly to, long after, long through, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            select b.seq, b.attempt, b.log_day from kp.blocks b
            where b.seq in (select seq from kp.block_days where site = $1 and day >= $2 and day <= $3 and seq > $4 and seq <= $5)
            order by b.seq
            """);
        command.Parameters.Add(new() { Value = site });
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = to });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = through });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var blocks = new List<DoneBlock>();
        while (await reader.ReadAsync(cancellation))
            blocks.Add(new DoneBlock(reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<DateOnly>(2)));
        return blocks;
    }

    /// <summary>Where days' states ended in a partition and began again later, in rising order.</summary>
    public async Task<ILookup<DateOnly, Forgetting>> ForgottenAsync(string site, DateOnly[] days, long through, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            select d.day, coalesce(max(p.seq), 0) as known, case d.began when 2 then d.seq else max(p.seq) end as through from kp.block_days d
            join kp.blocks b on b.seq = d.seq
            join kp.block_days e on e.site = d.site and e.day = d.day and e.seq <= d.seq
            left join kp.blocks p on p.seq = e.seq and p.topic = b.topic and p.partition = b.partition and p.seq < b.seq
            where d.site = $1 and d.day = any ($2) and d.seq <= $3 and d.began > 0
            group by d.day, d.seq, d.began having d.began = 2 or max(p.seq) is not null order by through
            """);
        command.Parameters.Add(new() { Value = site });
        command.Parameters.Add(new() { Value = days });
        command.Parameters.Add(new() { Value = through });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var forgotten = new List<(DateOnly Day, Forgetting Forgetting)>();
        while (await reader.ReadAsync(cancellation))
            forgotten.Add((reader.GetFieldValue<DateOnly>(0), new Forgetting(reader.GetInt64(1), reader.GetInt64(2))));
        return forgotten.ToLookup(entry => entry.Day, entry => entry.Forgetting);
    }

    /// <summary>The days that matter to weeks and months: those that are open, those that wait, and the newest that is closed.</summary>
    public async Task<List<DayState>> WaitingAsync(string site, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"""
            select {DayStates.Columns} from kp.release_days
            where site = $1 and (not closed or cardinality(waiting) > 0 or day = (select max(day) from kp.release_days where site = $1 and closed))
            """);
        command.Parameters.Add(new() { Value = site });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var days = new List<DayState>();
        while (await reader.ReadAsync(cancellation))
            days.Add(DayStates.Read(reader));
        return days;
    }

    // A day is closed once every partition of the topic is done with it.
    private const string Closing =
        """
        select c.day from kp.day_closes c join kp.topics t on t.topic = c.topic
        where c.site = $1 and c.seq <= $3 and c.day in (select day from kp.day_closes where site = $1 and seq > $2 and seq <= $3)
        group by c.day, c.topic, t.partitions
        having count(*) = t.partitions
        """;

    private const string ImportsEnded =
        """
        select from kp.import_ends e join kp.topics t on t.topic = e.topic join kp.imports i on i.import = e.import and i.site = $1
        where e.seq <= $3 and e.import in (select import from kp.import_ends where seq > $2 and seq <= $3)
        group by e.import, e.topic, t.partitions
        having count(*) = t.partitions
        """;

    private const string Late =
        """
        select d.day from kp.release_days d
        where d.site = $1 and d.closed
            and exists (select from kp.block_days b where b.site = $1 and b.day = d.day and b.seq > d.evaluated_seq and b.seq <= $3)
        """;

    private async Task<HashSet<DateOnly>> DaysAsync(string sql, string site, long decided, long through, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = site });
        command.Parameters.Add(new() { Value = decided });
        command.Parameters.Add(new() { Value = through });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var days = new HashSet<DateOnly>();
        while (await reader.ReadAsync(cancellation))
            days.Add(reader.GetFieldValue<DateOnly>(0));
        return days;
    }

    private async Task<bool> HasImportEndedAsync(string site, long decided, long through, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"select exists ({ImportsEnded})");
        command.Parameters.Add(new() { Value = site });
        command.Parameters.Add(new() { Value = decided });
        command.Parameters.Add(new() { Value = through });
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    private async Task<List<DayState>> StatesAsync(string site, DateOnly[] days, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"select {DayStates.Columns} from kp.release_days where site = $1 and day = any ($2)");
        command.Parameters.Add(new() { Value = site });
        command.Parameters.Add(new() { Value = days });
        var known = new Dictionary<DateOnly, DayState>();
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
                known[reader.GetFieldValue<DateOnly>(0)] = DayStates.Read(reader);
        }

        return [.. days.Order().Select(day => known.TryGetValue(day, out var state) ? state : new DayState { Day = day })];
    }
}
