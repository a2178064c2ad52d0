using KpTelemetry.Audit.Tree;
using Npgsql;

namespace KpTelemetry.Audit.Checkpointing;

/// <summary>The tree's hashes as the database has them.</summary>
internal static class StoredHashes
{
    private const string Leaves = "select leaf from audit.entries where index >= $1 and index < $1 + $2 order by index";
    private const string Subtrees = "select hash from audit.subtrees where level = $3 and index >= $1 and index < $1 + $2 order by index";

    /// <summary>Read over <paramref name="connection"/>, in the transaction that it is in.</summary>
    public static HashSource Of(NpgsqlConnection connection) => async (level, first, count, cancellation) =>
    {
        await using var command = new NpgsqlCommand(level == 0 ? Leaves : Subtrees, connection) { Parameters = { new() { Value = first }, new() { Value = (long)count } } };
        if (level > 0)
            command.Parameters.Add(new() { Value = (short)level });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var hashes = new byte[count * TreeHash.Bytes];
        var read = 0;
        for (; await reader.ReadAsync(cancellation) && read < count; read++)
            Put(reader.GetFieldValue<byte[]>(0), isLeaf: level == 0, hashes.AsSpan(read * TreeHash.Bytes, TreeHash.Bytes));
        return read == count ? hashes : hashes[..(read * TreeHash.Bytes)];
    };

    private static void Put(byte[] stored, bool isLeaf, Span<byte> hash)
    {
        if (stored.Length != (isLeaf ? TreeHash.LeafDataBytes : TreeHash.Bytes))
            throw new InvalidDataException("the tree holds what is no hash");
        if (isLeaf)
            TreeHash.Leaf(stored, hash);
        else
            stored.CopyTo(hash);
    }
}
