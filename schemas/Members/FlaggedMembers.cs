using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KpTelemetry.Schemas.Members;

/// <summary>
/// What the writers of <c>kp.member_flags</c> agree on: the door, which reads it and takes what portals say, and the access
/// record, which puts there what was agreed in a case.
/// </summary>
public static class FlaggedMembers
{
    /// <summary>Bytes of a member's hash.</summary>
    public const int HashBytes = 16;

    /// <summary>Versions become visible in their order: whoever writes holds this until the commit.</summary>
    public const string Lock = "select pg_advisory_xact_lock(7809635)";

    /// <summary>By what a member is known: the first half of an HMAC-SHA256 under a key of the key store.</summary>
    public static UInt128 Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> member)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, member, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    /// <summary>A hash as it is stored.</summary>
    public static byte[] Stored(UInt128 hash)
    {
        var bytes = new byte[HashBytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, hash);
        return bytes;
    }
}
