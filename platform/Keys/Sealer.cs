using System.Security.Cryptography;

namespace KpTelemetry.Platform.Keys;

/// <summary>
/// Authenticated encryption under one key: AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D), laid out as
/// nonce, ciphertext, tag. At most 2^32 messages a key. Not thread-safe.
/// </summary>
public sealed class Sealer(ReadOnlySpan<byte> key) : IDisposable
{
    /// <summary>What sealing adds to the length of the content.</summary>
    public const int Overhead = NonceBytes + TagBytes;

    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private readonly AesGcm _aes = new(key, TagBytes);

    /// <summary>Seals <paramref name="content"/>; <paramref name="associated"/> is not encrypted but must be the same at opening.</summary>
    public byte[] Seal(ReadOnlySpan<byte> content, ReadOnlySpan<byte> associated)
    {
        var result = new byte[content.Length + Overhead];
        Seal(content, associated, result);
        return result;
    }

    /// <summary>Seals into <paramref name="destination"/>, which is exactly <see cref="Overhead"/> bytes longer than the content.</summary>
    public void Seal(ReadOnlySpan<byte> content, ReadOnlySpan<byte> associated, Span<byte> destination)
    {
        var nonce = destination[..NonceBytes];
        RandomNumberGenerator.Fill(nonce);
        _aes.Encrypt(nonce, content, destination[NonceBytes..^TagBytes], destination[^TagBytes..], associated);
    }

    /// <summary>The content, or null when it was not sealed under this key with this associated data.</summary>
    public byte[]? Open(ReadOnlySpan<byte> sealedContent, ReadOnlySpan<byte> associated)
    {
        if (sealedContent.Length < Overhead)
            return null;
        var content = new byte[sealedContent.Length - Overhead];
        return TryOpen(sealedContent, associated, content) ? content : null;
    }

    /// <summary>Opens into <paramref name="destination"/>, which is exactly <see cref="Overhead"/> bytes shorter than the sealed content.</summary>
    public bool TryOpen(ReadOnlySpan<byte> sealedContent, ReadOnlySpan<byte> associated, Span<byte> destination)
    {
        try
        {
            _aes.Decrypt(sealedContent[..NonceBytes], sealedContent[NonceBytes..^TagBytes], sealedContent[^TagBytes..], destination, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _aes.Dispose();
}
