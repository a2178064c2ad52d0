using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Audit.Tree;
using Npgsql;

namespace KpTelemetry.Audit.Proving;

/// <summary>What proves the record to others. Who is given it sees hashes only, which reveal nothing.</summary>
public sealed class RecordProofs(RecordStore store)
{
    /// <summary>How many leaves are told at once.</summary>
    public const int MostLeaves = 1000;

    private const string Newest = "select note from audit.checkpoints order by size desc limit 1";
    private const string Leaves = "select leaf from audit.entries where index >= $1 and index < $2 order by index";

    /// <summary>The newest checkpoint, a C2SP signed note; null while none is signed.</summary>
    public async Task<string?> CheckpointAsync(CancellationToken cancellation)
    {
        await using var command = store.Database.CreateCommand(Newest);
        return (string?)await command.ExecuteScalarAsync(cancellation);
    }

    /// <summary>Shows that entry <paramref name="index"/> is in the tree of <paramref name="size"/>; null where the record has no such place.</summary>
    public async Task<IReadOnlyList<byte[]>?> InclusionAsync(long index, long size, CancellationToken cancellation)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        return index >= 0 && index < size && size <= await EntriesAsync(connection, cancellation)
            ? await new StoredTree(StoredHashes.Of(connection), size).InclusionAsync(index, cancellation)
            : null;
    }

    /// <summary>Shows that the tree of <paramref name="to"/> extends that of <paramref name="from"/>; null where the record has no such sizes.</summary>
    public async Task<IReadOnlyList<byte[]>?> ConsistencyAsync(long from, long to, CancellationToken cancellation)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        return from >= 0 && from <= to && to <= await EntriesAsync(connection, cancellation)
            ? await new StoredTree(StoredHashes.Of(connection), to).ConsistencyAsync(from, cancellation)
            : null;
    }

    /// <summary>Data of leaves, <paramref name="to"/> excluded; null where the record has no such range or it is of more than <see cref="MostLeaves"/>.</summary>
    public async Task<IReadOnlyList<byte[]>?> LeavesAsync(long from, long to, CancellationToken cancellation)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        if (from < 0 || from > to || to - from > MostLeaves || to > await EntriesAsync(connection, cancellation))
            return null;
        await using var command = new NpgsqlCommand(Leaves, connection) { Parameters = { new() { Value = from }, new() { Value = to } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var leaves = new List<byte[]>();
        while (await reader.ReadAsync(cancellation))
            leaves.Add(reader.GetFieldValue<byte[]>(0));
        return leaves;
    }

    private static async Task<long> EntriesAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select entries from audit.head", connection);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
