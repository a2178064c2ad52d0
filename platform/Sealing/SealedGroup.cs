using System.Buffers.Binary;

namespace KpTelemetry.Platform.Sealing;

/// <summary>
/// The frame of a sealed group: magic, big-endian length of the header, header; then, where there is a body, nonce,
/// ciphertext and tag of the compressed body. Everything up to the header's end is the associated data.
/// </summary>
public static class SealedGroup
{
    internal const int PrefixBytes = 8;
    private static ReadOnlySpan<byte> Magic => "KPG1"u8;

    /// <summary>Longest header that is read.</summary>
    public const int MaxHeaderBytes = 64 * 1024;

    /// <summary>A group without a body: a tick, a farewell, the end of an import.</summary>
    public static byte[] Bare(ReadOnlySpan<byte> header)
    {
        var record = new byte[PrefixBytes + header.Length];
        WriteHead(header, record);
        return record;
    }

    /// <summary>Cuts a record into header and sealed body (empty where there is none). False where it is no such frame.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> record, out ReadOnlySpan<byte> header, out ReadOnlySpan<byte> sealedBody)
    {
        header = sealedBody = default;
        if (record.Length < PrefixBytes || !record.StartsWith(Magic))
            return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(record[4..]);
        if (length > MaxHeaderBytes || length > record.Length - PrefixBytes)
            return false;
        header = record.Slice(PrefixBytes, (int)length);
        sealedBody = record[(PrefixBytes + (int)length)..];
        return true;
    }

    internal static void WriteHead(ReadOnlySpan<byte> header, Span<byte> record)
    {
        if (header.Length > MaxHeaderBytes)
            throw new ArgumentException($"a header has at most {MaxHeaderBytes} bytes", nameof(header));
        Magic.CopyTo(record);
        BinaryPrimitives.WriteUInt32BigEndian(record[4..], (uint)header.Length);
        header.CopyTo(record[PrefixBytes..]);
    }
}
