using System.Globalization;
using System.Runtime.InteropServices;

namespace KpTelemetry.Platform.ClickHouse;

/// <summary>
/// Inserts into one table whose outcome can be found out afterwards. Each is named by an attempt number that is never
/// used again, and carries in the same part one marker row (<c>table = 0</c>) under that attempt, so that it is there
/// whole or not at all, and the marker tells which. A token of ClickHouse's deduplication could not: it is written
/// apart from the part.
/// </summary>
/// <param name="store">Where the table is.</param>
/// <param name="table">A table with columns <c>attempt UInt64</c> and <c>table UInt8</c>.</param>
/// <param name="columns">Its columns, in the order of the rows.</param>
/// <param name="time">Paces the waiting for an insert to end.</param>
public sealed class MarkedInserts(ClickHouseStore store, string table, IReadOnlyList<string> columns, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Inserts the rows, marker included. Returning means that they are in; after an exception see <see cref="SettleAsync"/>.</summary>
    public async Task InsertAsync(long attempt, ReadOnlyMemory<byte> rows, CancellationToken cancellation)
    {
        await using var stream = AsStream(rows);
        await store.InsertAsync(table, columns, stream, QueryId(attempt), cancellation);
    }

    /// <summary>
    /// Ends the attempt's insert where it still runs, and tells whether its rows are in. False does not mean that they
    /// can never come (a request may still be on its way): the attempt must not be used again, nor named as done.
    /// </summary>
    public async Task<bool> SettleAsync(long attempt, CancellationToken cancellation)
    {
        await store.KillAsync(QueryId(attempt), cancellation);
        while (await store.IsRunningAsync(QueryId(attempt), cancellation))
            await Task.Delay(Pause, time, cancellation);
        return await store.CountAsync(
            $"SELECT count() FROM {table} WHERE attempt = {{attempt:UInt64}} AND `table` = 0", cancellation, ("attempt", (ulong)attempt)) > 0;
    }

    /// <summary>The query id of an attempt's insert.</summary>
    public string QueryId(long attempt) => string.Create(CultureInfo.InvariantCulture, $"kp-{table}-{attempt}");

    private static MemoryStream AsStream(ReadOnlyMemory<byte> rows) => MemoryMarshal.TryGetArray(rows, out var segment)
        ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
        : new MemoryStream(rows.ToArray(), writable: false);
}
