using KpTelemetry.Platform.Keys;
using ZstdSharp;

namespace KpTelemetry.Platform.Sealing;

/// <summary>Why a group's body could not be opened, or that it was.</summary>
public enum OpenResult
{
    Opened,
    /// <summary>The key is not in the store: it has ended, or the store is another one.</summary>
    KeyGone,
    /// <summary>It was not sealed under this key with this header, or does not decompress within the limit.</summary>
    Unreadable,
}

/// <summary>Opens groups under keys of the store, one after the other into the same memory. Not thread-safe.</summary>
/// <param name="keys">Where the keys are.</param>
/// <param name="limit">Longest body after decompression, in bytes.</param>
public sealed class GroupOpener(KeyStore keys, int limit = GroupOpener.DefaultLimit) : IDisposable
{
    /// <summary>Four times what a group's body may have, so that a change of the batch's limit does not make old groups unreadable.</summary>
    public const int DefaultLimit = 2 * 1024 * 1024;

    private readonly Decompressor _decompressor = new();
    private readonly byte[] _body = new byte[limit];
    private byte[] _compressed = [];
    private byte[]? _key;
    private Sealer? _sealer;

    /// <summary>
    /// Opens the sealed body of <paramref name="record"/>, whose header names the key. <paramref name="body"/> is valid
    /// until the next call.
    /// </summary>
    public OpenResult TryOpen(ReadOnlySpan<byte> record, string keyName, out ReadOnlyMemory<byte> body)
    {
        body = default;
        if (!SealedGroup.TrySplit(record, out var header, out var sealedBody) || sealedBody.Length < Sealer.Overhead)
            return OpenResult.Unreadable;
        if (SealerFor(keyName) is not { } sealer)
            return OpenResult.KeyGone;
        var length = sealedBody.Length - Sealer.Overhead;
        if (_compressed.Length < length)
            _compressed = new byte[length];
        var compressed = _compressed.AsSpan(0, length);
        if (!sealer.TryOpen(sealedBody, record[..(SealedGroup.PrefixBytes + header.Length)], compressed))
            return OpenResult.Unreadable;
        if (!TryDecompress(compressed, out var written))
            return OpenResult.Unreadable;
        body = _body.AsMemory(0, written);
        return OpenResult.Opened;
    }

    private bool TryDecompress(ReadOnlySpan<byte> compressed, out int written)
    {
        try
        {
            return _decompressor.TryUnwrap(compressed, _body, out written);
        }
        catch (ZstdException)
        {
            written = 0;
            return false;
        }
    }

    private Sealer? SealerFor(string keyName)
    {
        // Asked for each time, so that what was made of a key ends with it.
        var key = keys.Find(keyName);
        if (ReferenceEquals(_key, key))
            return _sealer;
        _sealer?.Dispose();
        (_sealer, _key) = (key is null ? null : new Sealer(key), key);
        return _sealer;
    }

    public void Dispose()
    {
        _decompressor.Dispose();
        _sealer?.Dispose();
    }
}
