using System.Runtime.InteropServices;
using System.Text;

namespace KpTelemetry.Schemas.Raw;

/// <summary>
/// Reads the bytes of an <c>EventBatch</c> into columns, whose text is looked at once per distinct value. Reads one
/// batch after the other into the same memory. Not thread-safe.
/// </summary>
public sealed class EventBatchReader
{
    private readonly List<EventSection> _sections = [];
    private ReadOnlyMemory<byte> _text;
    private int[] _ends = [];
    private string?[] _strings = [];
    private int _sectionCount;

    /// <summary>The sections of the batch read last, one a site.</summary>
    public ReadOnlySpan<EventSection> Sections => CollectionsMarshal.AsSpan(_sections)[.._sectionCount];

    /// <summary>Number of distinct values; value numbers are below it. Arrays of this length serve as caches by value.</summary>
    public int Values { get; private set; }

    /// <summary>The rows of all sections.</summary>
    public int Rows { get; private set; }

    /// <summary>The value of that number, UTF-8.</summary>
    public ReadOnlySpan<byte> Value(int number) => _text.Span[(number == 0 ? 0 : _ends[number - 1]).._ends[number]];

    /// <summary>The value of that number as a string, made once per batch. Bytes that are no UTF-8 become U+FFFD.</summary>
    public string Text(int number) => _strings[number] ??= Encoding.UTF8.GetString(Value(number));

    /// <summary>
    /// Reads a batch, which must stay unchanged while it is used. False where the bytes do not read: the whole group
    /// counts as <see cref="Reason.Unreadable"/>.
    /// </summary>
    public bool TryRead(ReadOnlyMemory<byte> batch)
    {
        (_text, _sectionCount, Values, Rows) = (default, 0, 0, 0);
        var reader = new WireReader(batch.Span);
        while (!reader.AtEnd)
        {
            if (!reader.TryField(out var number, out var content))
                return false;
            var read = number switch
            {
                1 => TakeText(batch, content),
                2 => TryLengths(content),
                3 => TrySection(content),
                _ => true,
            };
            if (!read)
                return false;
        }

        return Values > 0 || Rows == 0;
    }

    private bool TakeText(ReadOnlyMemory<byte> batch, ReadOnlySpan<byte> content)
    {
        // Lengths cut the text that they were read for, and no other.
        if (Values > 0)
            return false;
        batch.Span.Overlaps(content, out var offset);
        _text = batch.Slice(offset, content.Length);
        return true;
    }

    private bool TryLengths(ReadOnlySpan<byte> packed)
    {
        if (Values > 0)
            return false;
        if (_ends.Length < packed.Length)
        {
            _ends = new int[packed.Length];
            _strings = new string?[packed.Length];
        }

        long end = 0;
        var reader = new WireReader(packed);
        while (!reader.AtEnd)
        {
            if (!reader.TryVarint(out var length) || length > (ulong)(_text.Length - end))
                return false;
            end += (long)length;
            _ends[Values++] = (int)end;
        }

        Array.Clear(_strings, 0, Values);
        return end == _text.Length;
    }

    private bool TrySection(ReadOnlySpan<byte> content)
    {
        if (_sectionCount == _sections.Count)
            _sections.Add(new EventSection());
        var section = _sections[_sectionCount];
        if (!section.TryRead(content, Values))
            return false;
        _sectionCount++;
        Rows += section.Rows;
        return true;
    }
}
