using System.Security.Cryptography;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Privacy.Detecting;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace KpTelemetry.Processors.Publishing;

/// <summary>
/// Writes a release exactly once: intent in PostgreSQL, one insert with its marker in ClickHouse, done in one
/// transaction with what was decided. Readers take rows of done attempts only, so an attempt that nobody names as done
/// was never published, whether its rows are in or come later.
/// </summary>
internal sealed class ReleaseWriter(NpgsqlDataSource database, ClickHouseStore store, PublisherMetrics metrics, TimeProvider time, ILogger logger)
{
    private const int Attempts = 3;

    private static readonly string[] Columns =
    [
        "release_month", "attempt", "site", "day", "table", "hour_from", "hour_to", "label", "requests", "bytes", "errors", "page_views", "visitors",
        "visits", "bounces", "visit_seconds", "stays", "stay_seconds", "new_visitors",
    ];

    private readonly MarkedInserts _inserts = new(store, "published", Columns, time);

    /// <summary>Writes the rows of the decisions as release <paramref name="number"/>, and the states with them. Throws <see cref="FencedException"/>.</summary>
    /// <param name="policy">The revision of the policy in force.</param>
    /// <param name="decidedThrough">How far the site is decided upon with this; null when more of the same blocks is to come.</param>
    public async Task WriteAsync(SiteClaim claim, long number, string policy, IReadOnlyList<DayDecision> decisions, long through, long? decidedThrough, CancellationToken cancellation)
    {
        var release = new Release(claim, number, policy, through, [.. decisions.SelectMany(d => d.Rows)], Month());
        var attempt = await InsertAsync(release, cancellation);
        await FinishAsync(claim, decisions.Select(d => d.State), decidedThrough, (number, attempt), cancellation);
        metrics.Released(release.Rows.Count);
        PublisherLog.Released(logger, number, claim.Site, release.Rows.Count, decisions.Count, through);
    }

    /// <summary>Writes states that publish nothing: what is withheld, and that it has been decided.</summary>
    public Task WriteStatesAsync(SiteClaim claim, IEnumerable<DayState> states, long decidedThrough, CancellationToken cancellation) =>
        FinishAsync(claim, states, decidedThrough, null, cancellation);

    /// <summary>Raises the alarm over labels that enough people stand behind and that a detector does not let through.</summary>
    public void TellWithheld(string site, IdentifierClass found, int labels)
    {
        metrics.LabelsWithheld(found, labels);
        PublisherLog.LabelsWithheld(logger, labels, site, found);
    }

    private async Task<long> InsertAsync(Release release, CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            var attempt = await IntendAsync(release, cancellation);
            try
            {
                await _inserts.InsertAsync(attempt, release.Serialize(attempt), cancellation);
                return attempt;
            }
            catch (Exception) when (tries < Attempts && !cancellation.IsCancellationRequested)
            {
                // The outcome is unknown: the insert is ended and its marker looked for.
                if (await _inserts.SettleAsync(attempt, cancellation))
                    return attempt;
                PublisherLog.AttemptAbandoned(logger, release.Claim.Site, attempt);
            }
        }
    }

    private async Task<long> IntendAsync(Release release, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            with claim as (select from kp.publishers where site = $1 and epoch = $2 for update),
            named as (select kp.new_attempt('published') as attempt from claim)
            insert into kp.releases as r (site, number, epoch, through_seq, rows, digest, policy, attempt)
            select $1, $3, $2, $4, $5, $6, $7, attempt from named
            on conflict (site, number) do update
            set epoch = excluded.epoch, through_seq = excluded.through_seq, rows = excluded.rows, digest = excluded.digest, policy = excluded.policy, attempt = excluded.attempt
            where r.done_at is null
            returning attempt
            """);
        command.Parameters.Add(new() { Value = release.Claim.Site });
        command.Parameters.Add(new() { Value = release.Claim.Epoch });
        command.Parameters.Add(new() { Value = release.Number });
        command.Parameters.Add(new() { Value = release.Through });
        command.Parameters.Add(new() { Value = release.Rows.Count });
        command.Parameters.Add(new() { Value = SHA256.HashData(release.Serialize(0).Span) });
        command.Parameters.Add(new() { Value = release.Policy });
        return await command.ExecuteScalarAsync(cancellation) is long attempt ? attempt : throw new FencedException();
    }

    private async Task FinishAsync(
        SiteClaim claim, IEnumerable<DayState> states, long? decidedThrough, (long Number, long Attempt)? release, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExactlyOneAsync(
            connection,
            "update kp.publishers set renewed_at = now(), decided_seq = coalesce($3, decided_seq) where site = $1 and epoch = $2",
            [claim.Site, claim.Epoch, decidedThrough],
            cancellation);
        if (release is { } named)
        {
            await ExactlyOneAsync(
                connection,
                "update kp.releases set done_at = now() where site = $1 and number = $2 and epoch = $3 and attempt = $4 and done_at is null",
                [claim.Site, named.Number, claim.Epoch, named.Attempt],
                cancellation);
            await ExactlyOneAsync(connection, "update kp.attempts set done = true where attempt = $1 and not done", [named.Attempt], cancellation);
        }

        await DayStates.WriteAsync(connection, claim, [.. states], cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private static async Task ExactlyOneAsync(NpgsqlConnection connection, string sql, object?[] values, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(value is null ? new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint } : new NpgsqlParameter { Value = value });
        if (await command.ExecuteNonQueryAsync(cancellation) != 1)
            throw new FencedException();
    }

    private DateOnly Month()
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        return new DateOnly(today.Year, today.Month, 1);
    }

    private sealed record Release(SiteClaim Claim, long Number, string Policy, long Through, IReadOnlyList<PublishedRow> Rows, DateOnly Month)
    {
        private readonly RowBinaryWriter _writer = new();

        /// <summary>The marker row and the rows; valid until the next call.</summary>
        public ReadOnlyMemory<byte> Serialize(long attempt)
        {
            _writer.Clear();
            Write(attempt, default, 0, 0, 0, "", null);
            foreach (var row in Rows)
                Write(attempt, row.Day, row.Table.Id, row.HourFrom, row.HourTo, row.Label, row);
            return _writer.Written;
        }

        private void Write(long attempt, DateOnly day, byte table, byte hourFrom, byte hourTo, string label, PublishedRow? row)
        {
            _writer.Write(Month);
            _writer.WriteUInt64(attempt);
            _writer.Write(Claim.Site);
            _writer.Write(row is null ? Month : day);
            _writer.Write(table);
            _writer.Write(hourFrom);
            _writer.Write(hourTo);
            _writer.Write(label);
            _writer.WriteNullableUInt64(row?.Requests);
            _writer.WriteNullableUInt64(row?.Bytes);
            _writer.WriteNullableUInt64(row?.Errors);
            _writer.WriteNullableUInt64(row?.PageViews);
            _writer.WriteNullableUInt64(row?.Visitors);
            _writer.WriteNullableUInt64(row?.Visits);
            _writer.WriteNullableUInt64(row?.Bounces);
            _writer.WriteNullableUInt64(row?.VisitSeconds);
            _writer.WriteNullableUInt64(row?.Stays);
            _writer.WriteNullableUInt64(row?.StaySeconds);
            _writer.WriteNullableUInt64(row?.NewVisitors);
        }
    }
}
