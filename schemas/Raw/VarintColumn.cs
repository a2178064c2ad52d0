namespace KpTelemetry.Schemas.Raw;

/// <summary>A column under construction: packed varints. Zeros are only counted until another value comes: most columns of most batches have nothing else.</summary>
internal sealed class VarintColumn
{
    private const int LongestVarint = 10;
    private byte[] _bytes = new byte[1024];
    private int _written;
    private int _zeros;

    public int Length => _written + _zeros;

    /// <summary>Columns of zeros only are left out of the batch.</summary>
    public bool HasValues { get; private set; }

    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            WriteZeros();
            return _bytes.AsSpan(0, _written);
        }
    }

    public void Add(ulong value)
    {
        if (value == 0)
        {
            _zeros++;
            return;
        }

        if (_zeros > 0)
            WriteZeros();
        if (_bytes.Length - _written < LongestVarint)
            Array.Resize(ref _bytes, _bytes.Length * 2);
        HasValues = true;
        while (value >= 0x80)
        {
            _bytes[_written++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _bytes[_written++] = (byte)value;
    }

    public void AddZigZag(long value) => Add((ulong)((value << 1) ^ (value >> 63)));

    public void Reset() => (_written, _zeros, HasValues) = (0, 0, false);

    private void WriteZeros()
    {
        while (_bytes.Length - _written < _zeros)
            Array.Resize(ref _bytes, _bytes.Length * 2);
        _bytes.AsSpan(_written, _zeros).Clear();
        (_written, _zeros) = (_written + _zeros, 0);
    }
}
