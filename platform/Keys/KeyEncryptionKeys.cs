using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace KpTelemetry.Platform.Keys;

/// <summary>
/// The keys that wrap all others, numbered from 1. The newest is in force; an older one is there only while a rotation is
/// under way. None is kept in memory: whoever wraps or unwraps reads it from its file, so that a destroyed one is gone
/// from every process.
/// </summary>
internal sealed class KeyEncryptionKeys(KeyFiles files)
{
    private const int KeyBytes = 32;

    /// <summary>The number of the one in force; 0 where there is none yet.</summary>
    public int Newest => files.Keks() is [.., var newest] ? newest : 0;

    /// <summary>When the one in force was made; the beginning of time for one from before this was noted.</summary>
    public DateTimeOffset NewestSince => KeyFiles.Read(files.OfKek(Newest)) is { Length: KeyBytes + sizeof(long) } content
        ? DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(content.AsSpan(KeyBytes)))
        : DateTimeOffset.MinValue;

    /// <summary>Makes the next one.</summary>
    public void Add(DateTimeOffset at)
    {
        var content = new byte[KeyBytes + sizeof(long)];
        RandomNumberGenerator.Fill(content.AsSpan(0, KeyBytes));
        BinaryPrimitives.WriteInt64BigEndian(content.AsSpan(KeyBytes), at.ToUnixTimeMilliseconds());
        files.Create(files.OfKek(Newest + 1), content);
        CryptographicOperations.ZeroMemory(content);
    }

    /// <summary>Wraps a key under the one in force, for exactly this name.</summary>
    public byte[] Wrap(string name, ReadOnlySpan<byte> key)
    {
        var number = Newest;
        using var sealer = SealerOf(number) ?? throw new CryptographicException("the key store has no key-encryption key");
        return WrappedKey.Write(number, sealer.Seal(key, Associated(name)));
    }

    /// <summary>Unwraps a key; null where its key-encryption key is not here, or it was not wrapped under it for this name.</summary>
    public byte[]? Unwrap(string name, WrappedKey wrapped)
    {
        using var sealer = SealerOf(wrapped.Kek);
        return sealer?.Open(wrapped.Content, Associated(name));
    }

    private Sealer? SealerOf(int number)
    {
        // Shorter while it is being written over: what it wrapped has been wrapped anew by then.
        if (KeyFiles.Read(files.OfKek(number)) is not { Length: >= KeyBytes } content)
            return null;
        try
        {
            return new Sealer(content.AsSpan(0, KeyBytes));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static byte[] Associated(string name) => Encoding.UTF8.GetBytes(name);
}
