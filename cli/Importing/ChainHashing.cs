using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KpTelemetry.Cli.Importing;

/// <summary>
/// Hashes content as it is read: at the lengths asked for, and at checkpoints that follow from the content alone, so that
/// two files have the same ones for as long as they are the same. Checkpoints are the ends of lines: each of the first
/// mebibyte, later the first one after every 64 KiB. An entry of the chain is 12 bytes: the distance from the checkpoint
/// before (32 bits, little-endian) and the first 8 bytes of the SHA-256 of everything up to there.
/// </summary>
internal sealed class ChainHashing(IEnumerable<long> lengths) : IDisposable
{
    private const long EveryLineUpTo = 1024 * 1024;
    private const long LaterEvery = 64 * 1024;
    private const int EntryBytes = 12;
    private const int DigestBytes = 8;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Queue<long> _wanted = new(lengths.Order());
    private readonly List<PrefixDigest> _digests = [];
    private readonly MemoryStream _chain = new();
    private PrefixDigest? _lastLine;
    private long _checkpoint;
    private byte _lastByte;

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (NextCheckpoint(bytes) is var newline and >= 0)
        {
            Hash(bytes[..(newline + 1)]);
            bytes = bytes[(newline + 1)..];
            AddCheckpoint();
        }

        var lines = bytes.LastIndexOf((byte)'\n') + 1;
        if (lines > 0)
        {
            Hash(bytes[..lines]);
            _lastLine = new PrefixDigest(Length, _hash.GetCurrentHash());
        }

        Hash(bytes[lines..]);
    }

    /// <summary>The hashes of everything.</summary>
    public FileHashes AtEnd() => new([.. _digests, new PrefixDigest(Length, _hash.GetCurrentHash())], _chain.ToArray(), EndsInLine: _lastByte != (byte)'\n');

    /// <summary>The hashes up to the end of the last whole line; null where there is none.</summary>
    public FileHashes? AtLastWholeLine() =>
        _lastLine is { } last ? new FileHashes([.. _digests.Where(digest => digest.Length <= last.Length), last], _chain.ToArray(), EndsInLine: false) : null;

    public void Dispose() => _hash.Dispose();

    // The index of the newline that ends the next checkpoint's line, or -1.
    private int NextCheckpoint(ReadOnlySpan<byte> bytes)
    {
        var from = Length < EveryLineUpTo ? 0 : (int)Math.Clamp(_checkpoint + LaterEvery - Length, 0, bytes.Length);
        var newline = bytes[from..].IndexOf((byte)'\n');
        return newline < 0 ? -1 : from + newline;
    }

    private void AddCheckpoint()
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        var digest = _hash.GetCurrentHash();
        BinaryPrimitives.WriteUInt32LittleEndian(entry, unchecked((uint)(Length - _checkpoint)));
        digest.AsSpan(0, DigestBytes).CopyTo(entry[sizeof(uint)..]);
        _chain.Write(entry);
        _checkpoint = Length;
        _lastLine = new PrefixDigest(Length, digest);
    }

    private void Hash(ReadOnlySpan<byte> bytes)
    {
        while (_wanted.TryPeek(out var length) && length <= Length + bytes.Length)
        {
            var upTo = (int)(_wanted.Dequeue() - Length);
            Add(bytes[..upTo]);
            bytes = bytes[upTo..];
            _digests.Add(new PrefixDigest(Length, _hash.GetCurrentHash()));
        }

        Add(bytes);
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        _hash.AppendData(bytes);
        Length += bytes.Length;
        _lastByte = bytes[^1];
    }
}
