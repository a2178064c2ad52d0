using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;

namespace KpTelemetry.Privacy.Counting;

/// <summary>
/// Turns who someone is into a number that nobody can turn back, nor test, without the key: HMAC-SHA256 under a state
/// key, cut to 128 bits. Not thread-safe.
/// </summary>
internal sealed class VisitorHasher(string keyName, byte[] key) : IDisposable
{
    private readonly IncrementalHash _hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
    private readonly byte[] _result = new byte[SHA256.HashSizeInBytes];

    // What is hashed, in one piece: most of the cost of a short text is in the calls.
    private byte[] _text = new byte[512];
    private int _length;

    /// <summary>The key's name in the key store.</summary>
    public string KeyName { get; } = keyName;

    /// <summary>A visitor of a site: the pair of address and agent.</summary>
    public UInt128 Visitor(ReadOnlySpan<byte> site, ReadOnlySpan<byte> address, ReadOnlySpan<byte> agent) => Begin("v"u8).Part(site).Part(address).Last(agent);

    /// <summary>A visitor of a site who is known by the id of a cookie or an installation.</summary>
    public UInt128 Client(ReadOnlySpan<byte> site, ReadOnlySpan<byte> client) => Begin("c"u8).Part(site).Last(client);

    /// <summary>The run of a site's client that numbers its events.</summary>
    public UInt128 Run(ReadOnlySpan<byte> site, ReadOnlySpan<byte> nonce) => Begin("r"u8).Part(site).Last(nonce);

    /// <summary>The network of an address: its /24 (IPv4) or /48 (IPv6); what is no address is a network of its own.</summary>
    public UInt128 Network(IPAddress? parsed, ReadOnlySpan<byte> address)
    {
        Span<byte> bytes = stackalloc byte[16];
        Begin("n"u8);
        return parsed is not null && parsed.TryWriteBytes(bytes, out var length)
            ? Last(bytes[..(length == 4 ? 3 : 6)])
            : Part(address).Last([]);
    }

    public void Dispose() => _hmac.Dispose();

    // What begins with another letter is another kind of thing: no id can be made to equal an address and agent.
    private VisitorHasher Begin(ReadOnlySpan<byte> kind)
    {
        _length = 0;
        return Add(kind);
    }

    // Behind its length, so that two visitors cannot share one text.
    private VisitorHasher Part(ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
        return Add(length).Add(part);
    }

    private UInt128 Last(ReadOnlySpan<byte> part)
    {
        Add(part);
        _hmac.AppendData(_text, 0, _length);
        _hmac.GetHashAndReset(_result);
        return BinaryPrimitives.ReadUInt128LittleEndian(_result);
    }

    private VisitorHasher Add(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _text.Length)
            Array.Resize(ref _text, (_length + bytes.Length) * 2);
        bytes.CopyTo(_text.AsSpan(_length));
        _length += bytes.Length;
        return this;
    }
}
