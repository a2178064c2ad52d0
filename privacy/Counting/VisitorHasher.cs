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

    /// <summary>The key's name in the key store.</summary>
    public string KeyName { get; } = keyName;

    /// <summary>A visitor of a site: the pair of address and agent.</summary>
    public UInt128 Visitor(ReadOnlySpan<byte> site, ReadOnlySpan<byte> address, ReadOnlySpan<byte> agent)
    {
        _hmac.AppendData("v"u8);
        Append(site);
        Append(address);
        _hmac.AppendData(agent);
        return Finish();
    }

    /// <summary>A visitor of a site who is known by the id of a cookie or an installation.</summary>
    public UInt128 Client(ReadOnlySpan<byte> site, ReadOnlySpan<byte> client) => Keyed("c"u8, site, client);

    /// <summary>The run of a site's client that numbers its events.</summary>
    public UInt128 Run(ReadOnlySpan<byte> site, ReadOnlySpan<byte> nonce) => Keyed("r"u8, site, nonce);

    /// <summary>The network of an address: its /24 (IPv4) or /48 (IPv6); what is no address is a network of its own.</summary>
    public UInt128 Network(IPAddress? parsed, ReadOnlySpan<byte> address)
    {
        Span<byte> bytes = stackalloc byte[16];
        _hmac.AppendData("n"u8);
        if (parsed is not null && parsed.TryWriteBytes(bytes, out var length))
            _hmac.AppendData(bytes[..(length == 4 ? 3 : 6)]);
        else
            Append(address);
        return Finish();
    }

    public void Dispose() => _hmac.Dispose();

    // What begins with another letter is another kind of thing: no id can be made to equal an address and agent.
    private UInt128 Keyed(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> site, ReadOnlySpan<byte> id)
    {
        _hmac.AppendData(kind);
        Append(site);
        _hmac.AppendData(id);
        return Finish();
    }

    // Behind its length, so that two visitors cannot share one text.
    private void Append(ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
        _hmac.AppendData(length);
        _hmac.AppendData(part);
    }

    private UInt128 Finish()
    {
        _hmac.GetHashAndReset(_result);
        return BinaryPrimitives.ReadUInt128LittleEndian(_result);
    }
}
