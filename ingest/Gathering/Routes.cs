using System.Buffers.Binary;
using System.Security.Cryptography;
using KpTelemetry.Privacy.Minimising;

namespace KpTelemetry.Ingest.Gathering;

/// <summary>
/// Which partition a visitor belongs to: HMAC-SHA256 of what the client carries, under a key that never rotates, of
/// which only a partition's number is kept.
/// </summary>
/// <param name="key">The route key.</param>
/// <param name="partitions">How many partitions there are.</param>
internal sealed class Routes(byte[] key, int partitions)
{
    private const int LongestAddress = 255;

    /// <summary>The partition of a visitor in logs: the pair of address and minimised agent.</summary>
    public int OfVisitor(ReadOnlySpan<byte> address, ReadOnlySpan<byte> agent)
    {
        Span<byte> pair = stackalloc byte[LongestAddress + 1 + MinimiseText.MaxAgentBytes];
        address.CopyTo(pair);
        // Neither holds a zero byte, so that pairs do not run into each other.
        pair[address.Length] = 0;
        agent.CopyTo(pair[(address.Length + 1)..]);
        return Of(pair[..(address.Length + 1 + agent.Length)]);
    }

    /// <summary>The partition of anything else that is one value: a member, a line that could not be used.</summary>
    public int Of(ReadOnlySpan<byte> value)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, value, hash);
        return (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)partitions);
    }
}
