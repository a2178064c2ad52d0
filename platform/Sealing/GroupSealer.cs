using KpTelemetry.Platform.Keys;
using ZstdSharp;

namespace KpTelemetry.Platform.Sealing;

/// <summary>Compresses and seals groups under keys of the store. Keeps one key's cipher; not thread-safe.</summary>
public sealed class GroupSealer(KeyStore keys) : IDisposable
{
    // Level 1 compresses a batch, whose repetition is gone already, nearly as well as 3 in half the time.
    private const int CompressionLevel = 1;

    private readonly Compressor _compressor = new(CompressionLevel);
    private byte[] _compressed = [];
    private byte[]? _key;
    private Sealer? _sealer;

    /// <summary>Compresses a body into an array of its own.</summary>
    public byte[] Compress(ReadOnlySpan<byte> body)
    {
        var bound = Compressor.GetCompressBound(body.Length);
        if (_compressed.Length < bound)
            _compressed = new byte[bound];
        return _compressed.AsSpan(0, _compressor.Wrap(body, _compressed)).ToArray();
    }

    /// <summary>The record of a group: <paramref name="header"/> in clear as associated data, <paramref name="compressedBody"/> sealed under the key of that name.</summary>
    public byte[] Seal(ReadOnlySpan<byte> header, string keyName, ReadOnlySpan<byte> compressedBody)
    {
        var bodyAt = SealedGroup.PrefixBytes + header.Length;
        var record = new byte[bodyAt + compressedBody.Length + Sealer.Overhead];
        SealedGroup.WriteHead(header, record);
        SealerFor(keyName).Seal(compressedBody, record.AsSpan(0, bodyAt), record.AsSpan(bodyAt));
        return record;
    }

    private Sealer SealerFor(string keyName)
    {
        // Asked for each time, so that nothing is sealed under a key that has ended.
        var key = keys.GetOrCreate(keyName);
        if (_sealer is not null && ReferenceEquals(_key, key))
            return _sealer;
        _sealer?.Dispose();
        (_sealer, _key) = (new Sealer(key), key);
        return _sealer;
    }

    public void Dispose()
    {
        _compressor.Dispose();
        _sealer?.Dispose();
    }
}
