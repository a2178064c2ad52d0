using KpTelemetry.Platform.Kafka;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas.Raw;
using Npgsql;

namespace KpTelemetry.Processors.Blocks;

/// <summary>What a claimant finds.</summary>
/// <param name="NextOffset">The first offset that no done block covers.</param>
/// <param name="ReplayFrom">Where to start reading, with <paramref name="Start"/>, to have the state at <paramref name="NextOffset"/>.</param>
/// <param name="Points">Offsets of the replay points from <paramref name="ReplayFrom"/> on.</param>
/// <param name="OpenThrough">The last offset of a block whose intent was stated and which is not done; null for none. Folded to the same end, its rows may stand.</param>
public sealed record ClaimedPartition(Claim Claim, long NextOffset, long ReplayFrom, FoldStart Start, IReadOnlyList<long> Points, long? OpenThrough);

/// <summary>A topic whose number of partitions is not the one it began with: visitors would change partitions, and be counted twice.</summary>
public sealed class PartitionsChangedException(int recorded, int found)
    : Exception($"the topic has {found} partitions and began with {recorded}; they must not change under a topic");

/// <summary>Claims partitions. A claim ends the one before it, whether or not its owner still lives.</summary>
public sealed class PartitionClaims(NpgsqlDataSource database, string owner)
{
    private const string Raise =
        """
        insert into kp.partitions as p (topic, partition, epoch, owner, next_offset, replay_from, watermark_ms) values ($1, $2, 1, $3, 0, 0, 0)
        on conflict (topic, partition) do update set epoch = p.epoch + 1, owner = excluded.owner
        returning epoch, next_offset, replay_from
        """;

    /// <summary>Claims a partition of the topic. Throws <see cref="PartitionsChangedException"/> where the topic is not as it was.</summary>
    public async Task<ClaimedPartition> ClaimAsync(TopicIdentity topic, int partition, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await RegisterAsync(connection, topic, cancellation);
        var (epoch, next, from) = await RaiseAsync(connection, topic.Id, partition, cancellation);
        var claimed = new ClaimedPartition(
            new Claim(topic.Id, partition, epoch), next, from,
            new FoldStart(await ClockAsync(connection, topic.Id, partition, from, cancellation), await CoveredAsync(connection, topic.Id, partition, from, cancellation)),
            await PointsAsync(connection, topic.Id, partition, cancellation),
            await OpenThroughAsync(connection, topic.Id, partition, next, cancellation));
        await transaction.CommitAsync(cancellation);
        return claimed;
    }

    private static async Task RegisterAsync(NpgsqlConnection connection, TopicIdentity topic, CancellationToken cancellation)
    {
        await using var insert = Command(connection, "insert into kp.topics (topic, name, partitions) values ($1, $2, $3) on conflict (topic) do nothing", topic.Id, topic.Name, topic.Partitions);
        await insert.ExecuteNonQueryAsync(cancellation);
        await using var select = Command(connection, "select partitions from kp.topics where topic = $1", topic.Id);
        var recorded = (int)(await select.ExecuteScalarAsync(cancellation))!;
        if (recorded != topic.Partitions)
            throw new PartitionsChangedException(recorded, topic.Partitions);
    }

    private async Task<(long Epoch, long Next, long From)> RaiseAsync(NpgsqlConnection connection, Guid topic, int partition, CancellationToken cancellation)
    {
        await using var command = Command(connection, Raise, topic, partition, owner);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    private static async Task<byte[]> ClockAsync(NpgsqlConnection connection, Guid topic, int partition, long from, CancellationToken cancellation)
    {
        await using var command = Command(connection, """select clock from kp.replay_points where topic = $1 and partition = $2 and "offset" = $3""", topic, partition, from);
        return (byte[]?)await command.ExecuteScalarAsync(cancellation) ?? [];
    }

    private static async Task<List<CoveredSource>> CoveredAsync(NpgsqlConnection connection, Guid topic, int partition, long from, CancellationToken cancellation)
    {
        await using var command = Command(
            connection,
            """
            select source, kind, array_agg(lower(range)), array_agg(upper(range))
            from kp.seen_ranges cross join lateral unnest(ranges) as range
            where topic = $1 and partition = $2 and since < $3 group by source, kind
            """,
            topic, partition, from);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var covered = new List<CoveredSource>();
        while (await reader.ReadAsync(cancellation))
        {
            var ranges = reader.GetFieldValue<long[]>(2).Zip(reader.GetFieldValue<long[]>(3), (lower, upper) => new Interval(lower, upper));
            covered.Add(new CoveredSource(reader.GetGuid(0), (GroupKind)reader.GetInt32(1), [.. ranges]));
        }

        return covered;
    }

    private static async Task<List<long>> PointsAsync(NpgsqlConnection connection, Guid topic, int partition, CancellationToken cancellation)
    {
        await using var command = Command(connection, """select "offset" from kp.replay_points where topic = $1 and partition = $2 order by "offset" """, topic, partition);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var points = new List<long>();
        while (await reader.ReadAsync(cancellation))
            points.Add(reader.GetInt64(0));
        return points;
    }

    private static async Task<long?> OpenThroughAsync(NpgsqlConnection connection, Guid topic, int partition, long next, CancellationToken cancellation)
    {
        await using var command = Command(connection, "select last_offset from kp.blocks where topic = $1 and partition = $2 and first_offset = $3 and seq is null", topic, partition, next);
        return (long?)await command.ExecuteScalarAsync(cancellation);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
