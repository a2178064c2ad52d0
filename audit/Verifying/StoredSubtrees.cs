using KpTelemetry.Audit.Tree;
using Npgsql;

namespace KpTelemetry.Audit.Verifying;

/// <summary>Holds the stored roots of subtrees against those that the entries have.</summary>
internal static class StoredSubtrees
{
    private const string Different =
        "select made.level, made.index from unnest($1::smallint[], $2::bigint[], $3::bytea[]) as made (level, index, hash) " +
        "left join audit.subtrees s on s.level = made.level and s.index = made.index where s.hash is distinct from made.hash order by made.index << (8 * made.level) limit 1";

    private const string Stray = "select level, index from audit.subtrees where level not between 1 and 3 or index < 0 or (index + 1) > ($1::bigint >> (8 * level)) order by level, index limit 1";

    /// <summary>The first that is missing or another one.</summary>
    public static Task<Finding?> CompareAsync(NpgsqlTransaction transaction, IReadOnlyCollection<Subtree> made, CancellationToken cancellation) => made.Count == 0
        ? Task.FromResult<Finding?>(null)
        : FindAsync(
            transaction,
            Different,
            "the stored root is missing or not that of its entries",
            [made.Select(subtree => (short)subtree.Level).ToArray(), made.Select(subtree => subtree.Index).ToArray(), made.Select(subtree => subtree.Hash).ToArray()],
            cancellation);

    /// <summary>The first that no whole subtree of the record is at.</summary>
    public static Task<Finding?> StrayAsync(NpgsqlTransaction transaction, long size, CancellationToken cancellation) =>
        FindAsync(transaction, Stray, "no such subtree is whole", [size], cancellation);

    private static async Task<Finding?> FindAsync(NpgsqlTransaction transaction, string sql, string what, object[] values, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return null;
        var (level, index) = (reader.GetInt16(0), reader.GetInt64(1));
        return new Finding(level is >= 1 and <= Frontier.HighestLevel ? index << (level * Frontier.BitsOfALevel) : null, FormattableString.Invariant($"subtree {index} of level {level}"), what);
    }
}
