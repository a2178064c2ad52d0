using KpTelemetry.Ingest.Parsing;

namespace KpTelemetry.Ingest.Gathering;

/// <summary>
/// Cuts a stream of bytes into lines, whatever pieces they come in. Holds at most one line's limit in memory: of a longer
/// one the start is kept and the rest passed over. Empty lines are none.
/// </summary>
internal sealed class LineSplitter
{
    private readonly byte[] _carry = new byte[LogLineParser.MaxLineBytes + 1];
    private int _carried;
    private bool _isTooLong;
    private long _lineStart;
    private long _at;

    /// <summary>Offset after the last byte pushed.</summary>
    public long Position => _at;

    /// <summary>Whether the bytes pushed so far end inside a line that is too long.</summary>
    public bool EndsInTooLongLine => _isTooLong;

    public void Begin(long from)
    {
        (_at, _lineStart, _carried, _isTooLong) = (from, from, 0, false);
    }

    public void Push(ReadOnlySpan<byte> bytes, LogGathering gathering)
    {
        while (!bytes.IsEmpty)
        {
            var newline = bytes.IndexOf((byte)'\n');
            if (newline < 0)
            {
                Carry(bytes);
                _at += bytes.Length;
                return;
            }

            _at += newline + 1;
            if (_carried == 0 && !_isTooLong)
            {
                Emit(bytes[..newline], gathering);
            }
            else
            {
                Carry(bytes[..newline]);
                Emit(_carry.AsSpan(0, _carried), gathering);
            }

            bytes = bytes[(newline + 1)..];
        }
    }

    /// <summary>The last line may lack its end. One that is too long ends at <paramref name="end"/>, wherever its kept part ended.</summary>
    public void Finish(long end, LogGathering gathering)
    {
        _at = end;
        if (_carried > 0)
            Emit(_carry.AsSpan(0, _carried), gathering);
    }

    private void Emit(ReadOnlySpan<byte> line, LogGathering gathering)
    {
        var isTooLong = _isTooLong || line.Length > LogLineParser.MaxLineBytes;
        if (line.EndsWith("\r"u8))
            line = line[..^1];
        if (!line.IsEmpty)
            gathering.Take(line, _lineStart, _at, isTooLong);
        (_lineStart, _carried, _isTooLong) = (_at, 0, false);
    }

    private void Carry(ReadOnlySpan<byte> bytes)
    {
        var fits = Math.Min(bytes.Length, _carry.Length - _carried);
        bytes[..fits].CopyTo(_carry.AsSpan(_carried));
        _carried += fits;
        _isTooLong |= _carried > LogLineParser.MaxLineBytes;
    }
}
