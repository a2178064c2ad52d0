using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Processors.Publishing;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Processors.Blocks;

/// <summary>
/// Rows of the pending table: takes cells only, which nothing but de-identification makes. Labels of trees are sealed
/// under the log day's key, bound to site, day and table; technical labels and the site's hours stay as they are.
/// </summary>
internal static class PendingRows
{
    /// <summary>The table, and the number in column <c>table</c> that marks a block's marker row.</summary>
    public const string Table = "pending";
    private const byte Marker = 0;

    /// <summary>The columns, in the order of the rows.</summary>
    public static readonly string[] Columns =
    [
        "log_day", "attempt", "site", "day", "table", "hour", "label", "requests", "bytes", "errors", "page_views",
        "visitors", "viewers", "vouched", "vouched_viewers", "entered", "vouched_entered",
    ];

    /// <summary>The cells' rows under an attempt, and the marker row.</summary>
    public static void Write(RowBinaryWriter rows, BlockContent content, long attempt, Sealer sealer)
    {
        foreach (var cell in content.Cells)
        {
            WriteKey(rows, content.LogDay, attempt, cell.Site, cell.Day, cell.Table.Id, cell.Hour);
            if (cell.Table.Kind == TableKind.Tree)
                rows.Write(sealer.Seal(Encoding.UTF8.GetBytes(cell.Label), LabelSeal.Bound(cell.Site, cell.Day, cell.Table.Id)));
            else
                rows.Write(cell.Label);
            WriteCounters(rows, cell.Counters);
        }

        WriteKey(rows, content.LogDay, attempt, "", content.LogDay, Marker, 0);
        rows.Write("");
        WriteCounters(rows, default);
    }

    /// <summary>
    /// Equal for equal cells, whatever attempt they are written under. Keyed, since a bare hash of a small block would
    /// let a guess of its labels be tested.
    /// </summary>
    public static byte[] Digest(IReadOnlyList<Cell> cells, byte[] key)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Span<byte> numbers = stackalloc byte[12 * sizeof(long)];
        foreach (var cell in cells)
        {
            hmac.AppendData(Encoding.UTF8.GetBytes($"{cell.Site}\0{cell.Label}\0"));
            Numbers(cell, numbers);
            hmac.AppendData(numbers);
        }

        return hmac.GetHashAndReset();
    }

    private static void Numbers(Cell cell, Span<byte> numbers)
    {
        var c = cell.Counters;
        ReadOnlySpan<long> all =
        [
            ((long)cell.Day.DayNumber << 16) | ((long)cell.Table.Id << 8) | cell.Hour, cell.Label.Length,
            c.Requests, c.Bytes, c.Errors, c.PageViews, c.Visitors, c.Viewers, c.Vouched, c.VouchedViewers, c.Entered, c.VouchedEntered,
        ];
        for (var i = 0; i < all.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(numbers[(i * sizeof(long))..], all[i]);
    }

    private static void WriteKey(RowBinaryWriter rows, DateOnly logDay, long attempt, string site, DateOnly day, byte table, byte hour)
    {
        rows.Write(logDay);
        rows.WriteUInt64(attempt);
        rows.Write(site);
        rows.Write(day);
        rows.Write(table);
        rows.Write(hour);
    }

    private static void WriteCounters(RowBinaryWriter rows, in Counters counters)
    {
        rows.WriteUInt64(counters.Requests);
        rows.WriteUInt64(counters.Bytes);
        rows.WriteUInt64(counters.Errors);
        rows.WriteUInt64(counters.PageViews);
        rows.WriteUInt64(counters.Visitors);
        rows.WriteUInt64(counters.Viewers);
        rows.WriteUInt64(counters.Vouched);
        rows.WriteUInt64(counters.VouchedViewers);
        rows.WriteUInt64(counters.Entered);
        rows.WriteUInt64(counters.VouchedEntered);
    }
}
