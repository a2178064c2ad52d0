using System.Buffers.Binary;

namespace KpTelemetry.Platform.Keys;

/// <summary>
/// What the file of a key holds: the number of the key-encryption key and the key sealed under it; or that it has ended,
/// which stays, so that no process can make the key again.
/// </summary>
/// <param name="Kek">Number of the key-encryption key; 0 where the key has ended.</param>
/// <param name="Content">The sealed key.</param>
internal readonly record struct WrappedKey(int Kek, byte[] Content)
{
    private const int HeadBytes = 8;
    private const int SealedBytes = 32 + Sealer.Overhead;
    private static ReadOnlySpan<byte> Living => "KPKW"u8;
    private static ReadOnlySpan<byte> Ended => "KPKE"u8;

    /// <summary>Whether the key has ended.</summary>
    public bool HasEnded => Kek == 0;

    /// <summary>The file of a key that lives.</summary>
    public static byte[] Write(int kek, ReadOnlySpan<byte> content)
    {
        var file = new byte[HeadBytes + content.Length];
        Living.CopyTo(file);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4), kek);
        content.CopyTo(file.AsSpan(HeadBytes));
        return file;
    }

    /// <summary>The file of a key that has ended.</summary>
    public static byte[] WriteEnd(DateTimeOffset at)
    {
        var file = new byte[4 + sizeof(long)];
        Ended.CopyTo(file);
        BinaryPrimitives.WriteInt64BigEndian(file.AsSpan(4), at.ToUnixTimeMilliseconds());
        return file;
    }

    /// <summary>Reads a file; null where it is neither.</summary>
    public static WrappedKey? Read(byte[] file)
    {
        if (file.Length == SealedBytes)
            return new WrappedKey(FirstKek, file);
        if (file.AsSpan().StartsWith(Ended))
            return new WrappedKey(0, []);
        return file.Length == HeadBytes + SealedBytes && file.AsSpan().StartsWith(Living) && BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(4)) is > 0 and var kek
            ? new WrappedKey(kek, file[HeadBytes..])
            : null;
    }

    // Files from before there was a head: all under one key-encryption key, which became the first.
    private const int FirstKek = 1;
}
