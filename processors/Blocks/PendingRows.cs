using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Processors.Publishing;

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

    /// <summary>Bytes that a row has at most, but for very long labels.</summary>
    public const int LargestRow = 384;

    /// <summary>The columns, in the order of the rows.</summary>
    public static readonly string[] Columns =
    [
        "log_day", "attempt", "generation", "site", "day", "table", "hour", "label", .. Counters.Columns,
    ];

    /// <summary>The cells' rows under an attempt, and the marker row.</summary>
    public static void Write(RowBinaryWriter rows, Block block, long attempt, Sealer sealer)
    {
        var content = block.Content;
        foreach (var cell in content.Cells)
        {
            WriteKey(rows, block, attempt, cell.Site, cell.Day, cell.Table.Id, cell.Hour);
            if (cell.Table.HasSealedLabels)
                rows.Write(sealer.Seal(Encoding.UTF8.GetBytes(cell.Label), LabelSeal.Bound(cell.Site, cell.Day, cell.Table.Id)));
            else
                rows.Write(cell.Label);
            WriteCounters(rows, cell.Counters);
        }

        WriteKey(rows, block, attempt, "", content.LogDay, Marker, 0);
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
        Span<byte> numbers = stackalloc byte[(2 + Counters.Columns.Length) * sizeof(long)];
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
        var counters = cell.Counters;
        BinaryPrimitives.WriteInt64LittleEndian(numbers, ((long)cell.Day.DayNumber << 16) | ((long)cell.Table.Id << 8) | cell.Hour);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[sizeof(long)..], cell.Label.Length);
        var at = 2 * sizeof(long);
        foreach (var value in counters.Values)
        {
            BinaryPrimitives.WriteInt64LittleEndian(numbers[at..], value);
            at += sizeof(long);
        }
    }

    private static void WriteKey(RowBinaryWriter rows, Block block, long attempt, string site, DateOnly day, byte table, byte hour)
    {
        rows.Write(block.Content.LogDay);
        rows.WriteUInt64(attempt);
        rows.WriteUInt32(block.Generation);
        rows.Write(site);
        rows.Write(day);
        rows.Write(table);
        rows.Write(hour);
    }

    private static void WriteCounters(RowBinaryWriter rows, Counters counters)
    {
        foreach (var value in counters.Values)
            rows.WriteUInt64(value);
    }
}
