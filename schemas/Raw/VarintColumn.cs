namespace KpTelemetry.Schemas.Raw;

/// <summary>A column under construction: packed varints, and whether any of them is not zero.</summary>
internal sealed class VarintColumn
{
    private const int LongestVarint = 10;
    private byte[] _bytes = new byte[1024];

    public int Length { get; private set; }

    /// <summary>Columns of zeros only are left out of the batch.</summary>
    public bool HasValues { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    public void Add(ulong value)
    {
        if (_bytes.Length - Length < LongestVarint)
            Array.Resize(ref _bytes, _bytes.Length * 2);
        HasValues |= value != 0;
        while (value >= 0x80)
        {
            _bytes[Length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _bytes[Length++] = (byte)value;
    }

    public void AddZigZag(long value) => Add((ulong)((value << 1) ^ (value >> 63)));

    public void Reset() => (Length, HasValues) = (0, false);
}
