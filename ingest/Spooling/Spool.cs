using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Ingest.Spooling;

/// <summary>
/// Sealed groups of one partition that Kafka has not taken, on disk in their order: what <see cref="TryAppend"/> has
/// taken survives a power cut. A record is its length, its CRC-32 and its bytes; a torn one at a file's end is cut at
/// the start. Not thread-safe: guarded by its lane's lock.
/// </summary>
internal sealed class Spool : IDisposable
{
    private const int FrameBytes = 8;
    private const int LongestRecord = 16 * 1024 * 1024;
    private const long SegmentBytes = 16 * 1024 * 1024;

    private readonly string _directory;
    private readonly SpoolBudget _budget;
    private readonly Queue<SpoolEntry> _unread = new();
    private FileStream? _file;
    private SpoolSegment? _active, _uncut;
    private long _nextSegment;

    private Spool(string directory, SpoolBudget budget) => (_directory, _budget) = (directory, budget);

    /// <summary>Whether records lie here that no one has read back since they came, or since the start.</summary>
    public bool HasUnread => _unread.Count > 0;

    /// <summary>Bytes that were cut from torn ends when the spool was opened. They were never acknowledged.</summary>
    public long CutBytes { get; private set; }

    /// <summary>Opens the spool of a partition and finds what an earlier process left.</summary>
    public static Spool Open(string directory, SpoolBudget budget)
    {
        DurableFile.CreatePrivateDirectory(directory);
        var spool = new Spool(directory, budget);
        foreach (var path in Directory.EnumerateFiles(directory, "*.spool").Order(StringComparer.Ordinal))
            spool.Recover(path);
        return spool;
    }

    /// <summary>
    /// Stores a record durably. It is read back later where <paramref name="readBack"/> says so, else the caller has it
    /// still in memory. Null where the budget or the disk is full: nothing was stored then.
    /// </summary>
    public SpoolEntry? TryAppend(ReadOnlySpan<byte> record, bool readBack)
    {
        var bytes = FrameBytes + record.Length;
        if (!_budget.TryTake(bytes))
            return null;
        try
        {
            FinishCut();
            var file = FileForAppending(out var segment);
            Span<byte> frame = stackalloc byte[FrameBytes];
            BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)record.Length);
            BinaryPrimitives.WriteUInt32BigEndian(frame[4..], Crc32.HashToUInt32(record));
            file.Position = segment.Length;
            file.Write(frame);
            file.Write(record);
            DurableFile.Synchronise(file);
            var entry = new SpoolEntry(segment, segment.Length + FrameBytes, record.Length);
            segment.Length += bytes;
            segment.Waiting++;
            if (readBack)
                _unread.Enqueue(entry);
            return entry;
        }
        catch (IOException)
        {
            _budget.Give(bytes);
            CutBack();
            return null;
        }
    }

    /// <summary>The next record that is not in memory, in order; false where there is none.</summary>
    public bool TryRead(out SpoolEntry entry, out byte[] record)
    {
        record = [];
        if (!_unread.TryDequeue(out entry!))
            return false;
        record = new byte[entry.Length];
        using var file = File.OpenHandle(entry.Segment.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (RandomAccess.Read(file, record, entry.Offset) != entry.Length)
            throw new IOException("a spooled record is shorter than when it was stored");
        return true;
    }

    /// <summary>The record is in Kafka; the file goes when all of its records are.</summary>
    public void Remove(SpoolEntry entry)
    {
        var segment = entry.Segment;
        if (--segment.Waiting > 0)
            return;
        if (segment == _active)
            CloseActive();
        File.Delete(segment.Path);
        _budget.Give(segment.Length);
    }

    public void Dispose() => CloseActive();

    private void CutBack()
    {
        if (_active is { } segment)
            _uncut = segment;
        CloseActive();
        try
        {
            FinishCut();
        }
        catch (IOException)
        {
            // The disk refuses that as well: nothing is appended before it has taken it.
        }
    }

    // A record that was refused must not come back at the next start, also where the power goes meanwhile.
    private void FinishCut()
    {
        if (_uncut is not { } segment)
            return;
        if (segment.Waiting > 0)
        {
            Cut(segment);
        }
        else
        {
            File.Delete(segment.Path);
            DurableFile.SynchroniseDirectory(_directory);
        }

        _uncut = null;
    }

    private void CloseActive()
    {
        _file?.Dispose();
        (_file, _active) = (null, null);
    }

    private FileStream FileForAppending(out SpoolSegment segment)
    {
        if (_active is { Length: < SegmentBytes } && _file is not null)
        {
            segment = _active;
            return _file;
        }

        CloseActive();
        segment = new SpoolSegment(Path.Combine(_directory, _nextSegment.ToString("d10", CultureInfo.InvariantCulture) + ".spool"));
        var file = new FileStream(segment.Path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        _nextSegment++;
        (_file, _active) = (file, segment);
        DurableFile.SynchroniseDirectory(_directory);
        return file;
    }

    private void Recover(string path)
    {
        _nextSegment = long.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture) + 1;
        var segment = new SpoolSegment(path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
        {
            while (ReadRecord(file) is { } length)
            {
                _unread.Enqueue(new SpoolEntry(segment, segment.Length + FrameBytes, length));
                segment.Length += FrameBytes + length;
                segment.Waiting++;
            }

            CutBytes += file.Length - segment.Length;
            file.SetLength(segment.Length);
            DurableFile.Synchronise(file);
        }

        if (segment.Waiting == 0)
            File.Delete(path);
        _budget.Take(segment.Length);
    }

    private static void Cut(SpoolSegment segment)
    {
        using var file = new FileStream(segment.Path, FileMode.Open, FileAccess.Write);
        file.SetLength(segment.Length);
        DurableFile.Synchronise(file);
    }

    private static int? ReadRecord(FileStream file)
    {
        Span<byte> frame = stackalloc byte[FrameBytes];
        if (file.ReadAtLeast(frame, FrameBytes, throwOnEndOfStream: false) < FrameBytes)
            return null;
        var length = BinaryPrimitives.ReadUInt32BigEndian(frame);
        if (length is 0 or > LongestRecord || length > file.Length - file.Position)
            return null;
        var record = new byte[length];
        file.ReadExactly(record);
        return Crc32.HashToUInt32(record) == BinaryPrimitives.ReadUInt32BigEndian(frame[4..]) ? (int)length : null;
    }
}
