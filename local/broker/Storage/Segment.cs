using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace KpTelemetry.Local.Broker.Storage;

/// <summary>
/// One file of a partition's log: batches back to back, named by the first one's offset. Only the last segment of a
/// partition grows. Not safe for threads but for <see cref="ReadExactly"/> and the leases.
/// </summary>
internal sealed class Segment
{
    private const string Suffix = ".log";
    private readonly SafeFileHandle _file;
    private readonly Lock _flushing = new();
    private FsyncRefusedException? _refused;
    private int _leases = 1;

    private Segment(string path, long baseOffset, DateTimeOffset firstAppend, FileMode mode)
    {
        Path = path;
        BaseOffset = baseOffset;
        FirstAppend = LastAppend = firstAppend;
        _file = File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        Size = RandomAccess.GetLength(_file);
    }

    public string Path { get; }

    public long BaseOffset { get; }

    /// <summary>Bytes of whole batches.</summary>
    public long Size { get; private set; }

    /// <summary>Bytes known to be on disk.</summary>
    public long FlushedSize { get; private set; }

    /// <summary>The largest timestamp that a producer gave to a record here; -1 where there is none.</summary>
    public long MaxTimestamp { get; private set; } = -1;

    /// <summary>When the first batch came, by the broker's clock; after a restart the best bound that the file gives.</summary>
    public DateTimeOffset FirstAppend { get; private set; }

    /// <summary>When the last batch came, by the broker's clock; after a restart the file's modification time.</summary>
    public DateTimeOffset LastAppend { get; private set; }

    public BatchIndex Index { get; } = new();

    /// <summary>A new, empty segment, whose name is on disk when this returns.</summary>
    public static Segment Create(string directory, long baseOffset, DateTimeOffset now)
    {
        var path = System.IO.Path.Combine(directory, baseOffset.ToString("D20", CultureInfo.InvariantCulture) + Suffix);
        var segment = new Segment(path, baseOffset, now, FileMode.Create);
        DiskSync.Directory(directory);
        return segment;
    }

    /// <summary>The segments in a directory, in order, not yet scanned.</summary>
    public static List<Segment> OpenAll(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, "*" + Suffix)
            .Select(path => (path, offset: OffsetOf(path)))
            .OrderBy(s => s.offset)
            .Select(s => new Segment(s.path, s.offset, new DateTimeOffset(File.GetLastWriteTimeUtc(s.path)), FileMode.Open)),
    ];

    /// <summary>Appends a batch whose header carries its final offset.</summary>
    /// <exception cref="IOException">The disk did not take it; the file ends where it ended before.</exception>
    public void Append(ReadOnlySpan<byte> batch, in BatchHeader header, DateTimeOffset now)
    {
        try
        {
            RandomAccess.Write(_file, batch, Size);
        }
        catch (IOException)
        {
            // What was left of this batch would lie behind shorter ones that follow, and could be taken for a batch at start.
            RandomAccess.SetLength(_file, Size);
            throw;
        }

        if (Size == 0)
        {
            FirstAppend = now;
        }

        LastAppend = now;
        Note(header, Size);
        Size += batch.Length;
    }

    /// <summary>Takes a batch into the index and the bounds of time.</summary>
    public void Note(in BatchHeader header, long position)
    {
        Index.Add(header.BaseOffset, position, MaxTimestamp);
        MaxTimestamp = Math.Max(MaxTimestamp, header.MaxTimestamp);
    }

    /// <summary>
    /// After a scan: the first batch came no later than the last write, and, where its producer's clock was not ahead, not
    /// before its timestamp. Too early an estimate ends the segment sooner, nothing else.
    /// </summary>
    public void EstimateAge()
    {
        if (Size > 0)
        {
            var earliest = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(ReadHeader(0).MaxTimestamp, 0, LastAppend.ToUnixTimeMilliseconds()));
            FirstAppend = earliest;
        }
    }

    /// <summary>Forgets what lies behind <paramref name="size"/>, on disk too once flushed.</summary>
    public void Truncate(long size)
    {
        RandomAccess.SetLength(_file, size);
        Size = size;
    }

    /// <summary>Has the disk begin with what was written, without waiting. Any thread, under a lease.</summary>
    public void StartWriteback() => Writeback.Start(_file);

    /// <summary>Makes durable what was written before the call. Any thread, under a lease.</summary>
    /// <exception cref="FsyncRefusedException">The disk refused, now or before.</exception>
    public void Flush()
    {
        // The system tells of pages that it dropped once: whoever asks next would hear that all is well.
        lock (_flushing)
        {
            if (_refused is not null)
            {
                throw _refused;
            }

            try
            {
                DiskSync.File(_file);
            }
            catch (FsyncRefusedException e)
            {
                _refused = e;
                throw;
            }
        }
    }

    public void MarkFlushed(long size) => FlushedSize = Math.Max(FlushedSize, size);

    /// <summary>Reads whole ranges that were written before. Any thread, under a lease.</summary>
    public void ReadExactly(Span<byte> into, long position)
    {
        while (into.Length > 0)
        {
            var read = RandomAccess.Read(_file, into, position);
            if (read == 0)
            {
                throw new EndOfStreamException("a segment is shorter than its index says");
            }

            into = into[read..];
            position += read;
        }
    }

    public BatchHeader ReadHeader(long position)
    {
        Span<byte> bytes = stackalloc byte[BatchHeader.Size];
        ReadExactly(bytes, position);
        return BatchHeader.Read(bytes);
    }

    /// <summary>Keeps the file open, also past its deletion, until <see cref="Release"/>. Under the partition's lock.</summary>
    public void Lease() => Interlocked.Increment(ref _leases);

    public void Release()
    {
        if (Interlocked.Decrement(ref _leases) == 0)
        {
            _file.Dispose();
        }
    }

    /// <summary>Deletes the file; readers that hold a lease read on.</summary>
    public void Delete()
    {
        File.Delete(Path);
        Release();
    }

    private static long OffsetOf(string path) =>
        long.Parse(System.IO.Path.GetFileNameWithoutExtension(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture);
}
