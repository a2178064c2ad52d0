using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Processors.Blocks;

/// <summary>Blocks in ClickHouse's pending table: one insert, one part, its marker within.</summary>
public sealed class PendingStore(ClickHouseStore store, KeyStore keys, TimeProvider time) : IBlockStore
{
    private readonly MarkedInserts _inserts = new(store, PendingRows.Table, PendingRows.Columns, time);

    /// <inheritdoc/>
    public async Task InsertAsync(Block block, long attempt, CancellationToken cancellation)
    {
        var rows = new RowBinaryWriter(PendingRows.LargestRow * (block.Content.Cells.Count + 1));
        using (var sealer = new Sealer(keys.GetOrCreate(KeyNames.Pending(block.Content.LogDay))))
            PendingRows.Write(rows, block, attempt, sealer);
        await _inserts.InsertAsync(attempt, rows.Written, cancellation);
    }

    /// <inheritdoc/>
    public Task<bool> SettleAsync(long attempt, CancellationToken cancellation) => _inserts.SettleAsync(attempt, cancellation);
}
