using NSec.Cryptography;

namespace KpTelemetry.Platform.Keys;

/// <summary>An Ed25519 key (RFC 8032) that signs. Thread-safe.</summary>
public sealed class Ed25519Signer : IDisposable
{
    private readonly Key _key;

    /// <summary>The key of that seed, 32 bytes, such as the key store keeps.</summary>
    public Ed25519Signer(ReadOnlySpan<byte> seed)
    {
        _key = Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey);
        PublicKey = _key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
    }

    /// <summary>What others check signatures with, 32 bytes. Never write to it.</summary>
    public byte[] PublicKey { get; }

    /// <summary>The signature of <paramref name="message"/>, 64 bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message) => SignatureAlgorithm.Ed25519.Sign(_key, message);

    public void Dispose() => _key.Dispose();
}

/// <summary>Checks Ed25519 signatures of others.</summary>
public static class Ed25519
{
    /// <summary>Bytes of a public key.</summary>
    public const int PublicKeyBytes = 32;

    /// <summary>Bytes of a signature.</summary>
    public const int SignatureBytes = 64;

    /// <summary>Whether <paramref name="signature"/> is one of <paramref name="message"/> by that key; false for whatever is no key or no signature.</summary>
    public static bool IsValid(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureBytes
        && PublicKey.TryImport(SignatureAlgorithm.Ed25519, publicKey, KeyBlobFormat.RawPublicKey, out var key)
        && SignatureAlgorithm.Ed25519.Verify(key!, message, signature);
}
