namespace KpTelemetry.Local.Broker.Storage;

/// <summary>Walks the records of an uncompressed batch for their times; ends early where they are malformed.</summary>
internal ref struct RecordTimes(ReadOnlySpan<byte> records)
{
    private ReadOnlySpan<byte> _left = records;

    public long TimestampDelta { get; private set; }

    public int OffsetDelta { get; private set; }

    public bool MoveNext()
    {
        if (!TryVarLong(ref _left, out var length) || length < 1 || length > _left.Length)
        {
            return false;
        }

        var record = _left[1..(int)length];
        _left = _left[(int)length..];
        if (!TryVarLong(ref record, out var timestamp) || !TryVarLong(ref record, out var offset))
        {
            return false;
        }

        (TimestampDelta, OffsetDelta) = (timestamp, (int)offset);
        return true;
    }

    private static bool TryVarLong(ref ReadOnlySpan<byte> from, out long value)
    {
        ulong raw = 0;
        for (var i = 0; i < from.Length && i < 10; i++)
        {
            raw |= (ulong)(from[i] & 0x7f) << (7 * i);
            if (from[i] < 0x80)
            {
                value = (long)(raw >> 1) ^ -(long)(raw & 1);
                from = from[(i + 1)..];
                return true;
            }
        }

        value = 0;
        return false;
    }
}
