using System.Runtime.InteropServices;
using K4os.Compression.LZ4.Streams;

namespace KpTelemetry.Privacy.Counting;

/// <summary>Packs state into bytes by LZ4, quick before small, and unpacks it. One partition's; not thread-safe.</summary>
/// <param name="rowsBetween">How many rows the partition folds between two looks at what can be packed.</param>
/// <param name="entriesOfRow">
/// How large what has not been needed may be, per row that was folded since, to be packed: in relation to its size, so that
/// who makes a day be packed and unpacked in turns has sent as much in between.
/// </param>
internal sealed class StatePacking(int rowsBetween = 4096, int entriesOfRow = 16)
{
    private readonly MemoryStream _scratch = new();
    private long _lookedAtRow;

    /// <summary>Whether it is time to look for days to pack.</summary>
    public bool IsDue(long rows)
    {
        if (rows - _lookedAtRow < rowsBetween)
            return false;
        _lookedAtRow = rows;
        return true;
    }

    /// <summary>Whether a day has not been needed for long enough.</summary>
    public bool IsIdle(SiteDay day, long rows) => rows - day.UsedAtRow > day.Entries / entriesOfRow;

    /// <summary>The bytes of what <paramref name="save"/> writes.</summary>
    public byte[] Pack(Action<BinaryWriter> save)
    {
        _scratch.SetLength(0);
        using (var writer = new BinaryWriter(new BufferedStream(LZ4Stream.Encode(_scratch, leaveOpen: true), 64 * 1024)))
            save(writer);
        return _scratch.ToArray();
    }

    /// <summary>What <paramref name="load"/> reads from bytes that <see cref="Pack"/> made.</summary>
    public static T Unpack<T>(byte[] packed, Func<BinaryReader, T> load)
    {
        using var reader = new BinaryReader(new BufferedStream(LZ4Stream.Decode(new MemoryStream(packed, writable: false)), 64 * 1024));
        return load(reader);
    }
}

/// <summary>Values as they lie in memory: what is packed is read by the same process only.</summary>
internal static class StateIO
{
    public static void WriteValues<T>(this BinaryWriter writer, ReadOnlySpan<T> values)
        where T : unmanaged => writer.Write(MemoryMarshal.AsBytes(values));

    public static void ReadValues<T>(this BinaryReader reader, Span<T> values)
        where T : unmanaged => reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values));
}
