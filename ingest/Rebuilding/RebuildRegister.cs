using KpTelemetry.Schemas.Lattice;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Ingest.Rebuilding;

/// <summary>A rebuild as it stands. Tables and outcomes only: numbers could concern fewer people than may be told of.</summary>
/// <param name="Folded">Records of the log folded so far, of <paramref name="ToFold"/>.</param>
/// <param name="Decided">The publisher has decided about everything that was added.</param>
public sealed record RebuildStatus(
    Guid Rebuild, int Generation, string State, string? Books, string? Problem, long Folded, long ToFold, bool Decided, IReadOnlyList<RebuiltDay> Days);

/// <summary>What was found of a site's day: tables by outcome.</summary>
/// <param name="Published">Higher, and published with this rebuild.</param>
/// <param name="Withheld">Higher, added, and held back until a step fills or the day closes.</param>
/// <param name="Higher">Higher, and not added: on days whose own table does not move, or whose counts have ended.</param>
/// <param name="Part">Not compared: something of it lies before what was folded.</param>
public sealed record RebuiltDay(
    string Site, DateOnly Day, IReadOnlyList<string> Equal, IReadOnlyList<string> Published, IReadOnlyList<string> Withheld, IReadOnlyList<string> Higher, IReadOnlyList<string> Lower, bool Part);

/// <summary>Asks for rebuilds and tells how they stand; the processors go through them.</summary>
internal sealed class RebuildRegister(NpgsqlDataSource database, TimeProvider time)
{
    private const string Ask =
        """
        with added as (insert into kp.rebuilds (rebuild, from_day, requested_at) select $1, $2, $3 where not exists (select from kp.rebuilds where state not in ('done', 'failed')) on conflict do nothing returning rebuild)
        select rebuild, true from added union all select rebuild, false from kp.rebuilds where state not in ('done', 'failed')
        """;

    private const string Status =
        """
        select r.generation, r.state, r.books, r.problem,
            coalesce((select sum(next_offset - first_offset)::bigint from kp.rebuild_partitions p where p.rebuild = r.rebuild), 0),
            coalesce((select sum(end_offset - first_offset)::bigint from kp.rebuild_partitions p where p.rebuild = r.rebuild), 0),
            not exists (select from kp.blocks b join kp.block_days d on d.seq = b.seq left join kp.publishers p on p.site = d.site where b.topic = r.rebuild and coalesce(p.decided_seq, 0) < b.seq)
        from kp.rebuilds r where r.rebuild = $1
        """;

    private const string Days =
        """
        select d.site, d.day, d."table", d.outcome, b.seq is not null and coalesce(case
            when d."table" = $2 then s.site_covered when d."table" = any ($3) then s.technical_covered else s.covered[d."table"] end, 0) >= b.seq, d.block is not null
        from kp.rebuild_days d
        left join kp.blocks b on b.topic = d.rebuild and b.first_offset = d.block and b.seq is not null
        left join kp.release_days s on s.site = d.site and s.day = d.day
        where d.rebuild = $1 order by d.site, d.day, d."table"
        """;

    private sealed record Finding(string Site, DateOnly Day, string Table, string Outcome, bool IsPublished, bool IsAdded);

    /// <summary>Asks for a rebuild from a log day on; the one that is under way where there is one.</summary>
    public async Task<(Guid Rebuild, bool IsNew)> AskAsync(DateOnly? from, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(Ask);
        command.Parameters.AddWithValue(Guid.CreateVersion7(time.GetUtcNow()));
        command.Parameters.Add(new() { Value = from ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date });
        command.Parameters.AddWithValue(time.GetUtcNow());
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        // Neither, where another was asked for in this very moment: asked again.
        return await reader.ReadAsync(cancellation) ? (reader.GetGuid(0), reader.GetBoolean(1)) : await AskAsync(from, cancellation);
    }

    /// <summary>How a rebuild stands; null where there is none of that id.</summary>
    public async Task<RebuildStatus?> FindAsync(Guid rebuild, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(Status);
        command.Parameters.AddWithValue(rebuild);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return null;
        var isDone = reader.GetString(1) == "done";
        var status = new RebuildStatus(
            rebuild, reader.GetInt32(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3),
            reader.GetInt64(4), reader.GetInt64(5), isDone && reader.GetBoolean(6), []);
        return isDone ? status with { Days = await DaysAsync(rebuild, cancellation) } : status;
    }

    private async Task<List<RebuiltDay>> DaysAsync(Guid rebuild, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(Days);
        command.Parameters.AddWithValue(rebuild);
        command.Parameters.AddWithValue((int)Table.Site.Id);
        command.Parameters.AddWithValue(Table.All.Where(table => table.Kind == TableKind.Technical).Select(table => (int)table.Id).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var findings = new List<Finding>();
        while (await reader.ReadAsync(cancellation))
            findings.Add(new Finding(reader.GetString(0), reader.GetFieldValue<DateOnly>(1), NameOf(reader.GetInt32(2)), reader.GetString(3), reader.GetBoolean(4), reader.GetBoolean(5)));
        return [.. findings.GroupBy(found => (found.Site, found.Day)).Select(day => Shown(day.Key.Site, day.Key.Day, [.. day]))];
    }

    private static RebuiltDay Shown(string site, DateOnly day, IReadOnlyList<Finding> findings)
    {
        string[] Where(Func<Finding, bool> isSo) => [.. findings.Where(isSo).Select(found => found.Table)];
        return new RebuiltDay(
            site, day,
            Where(found => found.Outcome is "equal" or "ended-equal"),
            Where(found => found.IsAdded && found.IsPublished),
            Where(found => found.IsAdded && !found.IsPublished),
            Where(found => !found.IsAdded && found.Outcome is "higher" or "ended-higher"),
            Where(found => found.Outcome is "lower" or "ended-lower"),
            findings.Any(found => found.Outcome == "part"));
    }

    private static string NameOf(int id) => Table.All.FirstOrDefault(table => table.Id == id) is not { } table ? "?" : table == Table.Site ? "site" : table.Second is null ? table.Dimension : $"{table.Dimension} x {table.Second}";
}
