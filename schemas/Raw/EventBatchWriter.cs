namespace KpTelemetry.Schemas.Raw;

/// <summary>
/// Builds the bytes of an <c>EventBatch</c> row by row: column-wise, every distinct value once. Reused by
/// <see cref="Reset"/>, so that a batch costs no memory of its own. Not thread-safe.
/// </summary>
/// <param name="limit">The size in bytes, before compression, from which the batch is full.</param>
public sealed class EventBatchWriter(int limit = EventBatchWriter.DefaultLimit)
{
    /// <summary>A group holds at most 512 KiB; the rest is room for the one row that passes this limit.</summary>
    public const int DefaultLimit = 480 * 1024;

    private readonly ValueTable _values = new();
    private readonly VarintColumn _lengths = new();
    private readonly List<SectionColumns> _sections = [];
    private int _sectionCount;
    private byte[] _encoded = [];

    /// <summary>Rows added since <see cref="Reset"/>.</summary>
    public int Rows { get; private set; }

    /// <summary>How many bytes the batch has by now, but for the lengths of its values, of which two bytes each are assumed.</summary>
    public int Size
    {
        get
        {
            var size = _values.Text.Length + (_values.Count * 2);
            for (var i = 0; i < _sectionCount; i++)
                size += _sections[i].EncodedLength;
            return size;
        }
    }

    /// <summary>Whether the batch should be finished before another row is added.</summary>
    public bool IsFull => Size >= limit;

    /// <summary>The number of a text value in this batch.</summary>
    public int Value(ReadOnlySpan<byte> text) => _values.Intern(text);

    /// <summary>The section of a stamp, made where the batch has none yet; null for rows whose site is not known.</summary>
    public int Section(SiteStamp? site)
    {
        for (var i = 0; i < _sectionCount; i++)
        {
            if (_sections[i].IsOf(site))
                return i;
        }

        if (_sectionCount == _sections.Count)
            _sections.Add(new SectionColumns());
        _sections[_sectionCount].Reset(site);
        return _sectionCount++;
    }

    /// <summary>Adds a row to a section. Its values are numbers of this batch.</summary>
    public void Add(int section, in EventRow row)
    {
        _sections[section].Add(row);
        Rows++;
    }

    /// <summary>The encoded batch. Valid until <see cref="Reset"/>.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        _lengths.Reset();
        for (var number = 0; number < _values.Count; number++)
            _lengths.Add((uint)_values.LengthOf(number));
        var length = WireWriter.FieldLength(1, _values.Text.Length) + WireWriter.FieldLength(2, _lengths.Length);
        for (var i = 0; i < _sectionCount; i++)
            length += WireWriter.FieldLength(3, _sections[i].EncodedLength);
        if (_encoded.Length < length)
            _encoded = new byte[Math.Max(length, limit)];

        var writer = new WireWriter(_encoded);
        writer.Field(1, _values.Text);
        writer.Field(2, _lengths.Bytes);
        for (var i = 0; i < _sectionCount; i++)
        {
            writer.Head(3, _sections[i].EncodedLength);
            _sections[i].WriteTo(ref writer);
        }

        return _encoded.AsMemory(0, length);
    }

    /// <summary>Forgets the rows and keeps the memory.</summary>
    public void Reset()
    {
        _values.Reset();
        (_sectionCount, Rows) = (0, 0);
    }
}
