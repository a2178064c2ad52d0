using System.Buffers.Binary;
using System.Security.Cryptography;
using KpTelemetry.Audit.Tree;
using Npgsql;

namespace KpTelemetry.Audit.Storing;

/// <summary>The head of the record was changed by something that does not hold its key. Nothing is appended until an operator has looked.</summary>
public sealed class RecordTamperedException() : Exception("the head of the access record was changed from outside: nothing is recorded until './kp audit verify' has told where and an operator has decided");

/// <summary>
/// The head of the record: how many entries, since when, and the right edge of their tree. Whoever appends holds its row's
/// lock until the commit. What it says is authenticated, so that also entries since the last checkpoint cannot be changed
/// by someone who has the database alone.
/// </summary>
/// <param name="Entries">How many there are: the next entry's index.</param>
/// <param name="Access">Of those, what members did.</param>
/// <param name="Recorded">When the last was recorded; null while there is none.</param>
/// <param name="Frontier">The right edge of the tree.</param>
internal sealed record Head(long Entries, long Access, DateTimeOffset? Recorded, Frontier Frontier)
{
    private const string Read = "select entries, access, frontier, tag, recorded, greatest(recorded, clock_timestamp()) from audit.head";

    /// <summary>Locks the head until the transaction ends, and says what time it is for what is appended now.</summary>
    public static async Task<(Head Head, DateTimeOffset Now)> LockAsync(NpgsqlTransaction transaction, byte[] key, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"{Read} for update", transaction.Connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? (Of(reader, key), reader.GetFieldValue<DateTimeOffset>(5)) : throw new RecordTamperedException();
    }

    /// <summary>The head as it is. Throws <see cref="RecordTamperedException"/> where its tag is not ours.</summary>
    public static async Task<Head> ReadAsync(NpgsqlConnection connection, byte[] key, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Read, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? Of(reader, key) : throw new RecordTamperedException();
    }

    /// <summary>Adds leaves, in their order, of which <paramref name="access"/> are what members did, and tells which subtrees they complete.</summary>
    public Head With(IReadOnlyList<byte[]> leaves, int access, DateTimeOffset recorded, List<Subtree> completed)
    {
        var frontier = Frontier.Copy();
        foreach (var leaf in leaves)
            frontier.Append(TreeHash.Leaf(leaf), completed);
        return new Head(Entries + leaves.Count, Access + access, recorded, frontier);
    }

    /// <summary>The statement that stores it.</summary>
    public NpgsqlBatchCommand Store(byte[] key) => new("update audit.head set entries = $1, access = $2, recorded = $3, frontier = $4, tag = $5")
    {
        Parameters = { new() { Value = Entries }, new() { Value = Access }, new() { Value = Recorded!.Value.UtcDateTime }, new() { Value = Frontier.Write() }, new() { Value = Tag(key) } },
    };

    private static Head Of(NpgsqlDataReader reader, byte[] key)
    {
        var isFirst = reader.GetInt64(0) == 0 && reader.GetFieldValue<byte[]>(3).Length == 0;
        if (isFirst)
            return new Head(0, 0, null, Frontier.Empty);
        var frontier = Frontier.TryRead(reader.GetFieldValue<byte[]>(2)) ?? throw new RecordTamperedException();
        var head = new Head(reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(4), frontier);
        return CryptographicOperations.FixedTimeEquals(head.Tag(key), reader.GetFieldValue<byte[]>(3)) && frontier.Size == head.Entries ? head : throw new RecordTamperedException();
    }

    private byte[] Tag(byte[] key)
    {
        var frontier = Frontier.Write();
        var content = new byte[(3 * sizeof(long)) + frontier.Length];
        BinaryPrimitives.WriteInt64BigEndian(content, Entries);
        BinaryPrimitives.WriteInt64BigEndian(content.AsSpan(8), Access);
        BinaryPrimitives.WriteInt64BigEndian(content.AsSpan(16), Recorded is { } recorded ? Leaf.Microseconds(recorded) : long.MinValue);
        frontier.CopyTo(content.AsSpan(24));
        return HMACSHA256.HashData(key, content);
    }
}
