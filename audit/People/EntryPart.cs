using System.Buffers.Binary;
using System.Security.Cryptography;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Audit.People;

/// <summary>
/// One person's share of an entry, sealed so that it opens under that person's keys, in one way only, and tells nothing else.
/// </summary>
/// <remarks>
/// A fresh salt of 32 bytes gives, by HKDF-SHA256 (RFC 5869) from the person's secret and the key of class and year, a key
/// of this part and a commitment to it. AES-GCM alone does not commit: one ciphertext can be made to open under two keys
/// to two texts (Grubbs, Lu, Ristenpart 2017), and the record could be told in two ways. Content is padded to a size class.
/// Layout: who it is of (4), salt (32), commitment (32), length (4), nonce, ciphertext, tag.
/// </remarks>
internal static class EntryPart
{
    public const int SaltBytes = 32;
    private const int KeyBytes = 32;
    private const int CommitmentBytes = 32;
    private const int LengthBytes = sizeof(int);
    private const int SealedAt = Owner.Bytes + SaltBytes + CommitmentBytes + LengthBytes;
    private const int SmallestClass = 256;

    /// <summary>Seals; <paramref name="place"/> is where it belongs and is not stored here.</summary>
    public static byte[] Seal(Owner owner, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> yearKey, ReadOnlySpan<byte> place, ReadOnlySpan<byte> content)
    {
        var padded = Padded(content);
        var part = new byte[SealedAt + padded.Length + Sealer.Overhead];
        owner.Write(part);
        RandomNumberGenerator.Fill(part.AsSpan(Owner.Bytes, SaltBytes));
        Span<byte> keys = stackalloc byte[KeyBytes + CommitmentBytes];
        Derive(secret, yearKey, part.AsSpan(0, Owner.Bytes + SaltBytes), place, keys);
        keys[KeyBytes..].CopyTo(part.AsSpan(Owner.Bytes + SaltBytes));
        BinaryPrimitives.WriteInt32BigEndian(part.AsSpan(SealedAt - LengthBytes), padded.Length + Sealer.Overhead);
        using var sealer = new Sealer(keys[..KeyBytes]);
        sealer.Seal(padded, part.AsSpan(0, SealedAt), part.AsSpan(SealedAt));
        CryptographicOperations.ZeroMemory(keys);
        CryptographicOperations.ZeroMemory(padded);
        return part;
    }

    /// <summary>The content, or null where it was not sealed under these keys for this place.</summary>
    public static byte[]? Open(ReadOnlySpan<byte> part, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> yearKey, ReadOnlySpan<byte> place)
    {
        Span<byte> keys = stackalloc byte[KeyBytes + CommitmentBytes];
        Derive(secret, yearKey, part[..(Owner.Bytes + SaltBytes)], place, keys);
        if (!CryptographicOperations.FixedTimeEquals(keys[KeyBytes..], part.Slice(Owner.Bytes + SaltBytes, CommitmentBytes)))
            return null;
        using var sealer = new Sealer(keys[..KeyBytes]);
        return sealer.Open(part[SealedAt..], part[..SealedAt]) is { } padded ? Unpadded(padded) : null;
    }

    /// <summary>How long the part at the start of <paramref name="body"/> is; 0 where it is none.</summary>
    public static int LengthOf(ReadOnlySpan<byte> body)
    {
        if (body.Length < SealedAt)
            return 0;
        var length = BinaryPrimitives.ReadInt32BigEndian(body[(SealedAt - LengthBytes)..]);
        return length >= Sealer.Overhead + LengthBytes && length <= body.Length - SealedAt ? SealedAt + length : 0;
    }

    private static void Derive(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> yearKey, ReadOnlySpan<byte> ownerAndSalt, ReadOnlySpan<byte> place, Span<byte> keys)
    {
        Span<byte> material = stackalloc byte[PersonKeys.SecretBytes + KeyBytes];
        secret.CopyTo(material);
        yearKey.CopyTo(material[PersonKeys.SecretBytes..]);
        Span<byte> extracted = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HKDF.Extract(HashAlgorithmName.SHA256, material, ownerAndSalt, extracted);
        HKDF.Expand(HashAlgorithmName.SHA256, extracted, keys, place);
        CryptographicOperations.ZeroMemory(material);
        CryptographicOperations.ZeroMemory(extracted);
    }

    // Powers of two, so that a length tells little: most entries are of the smallest two classes.
    private static byte[] Padded(ReadOnlySpan<byte> content)
    {
        var size = SmallestClass;
        while (size < content.Length + LengthBytes)
            size *= 2;
        var padded = new byte[size];
        BinaryPrimitives.WriteInt32BigEndian(padded, content.Length);
        content.CopyTo(padded.AsSpan(LengthBytes));
        return padded;
    }

    private static byte[]? Unpadded(byte[] padded)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(padded);
        return length >= 0 && length <= padded.Length - LengthBytes ? padded[LengthBytes..(LengthBytes + length)] : null;
    }
}

/// <summary>Under whose keys a part opens, but for the person: class of person, class of fields, year of recording.</summary>
internal readonly record struct Owner(PersonClass Person, FieldClass Fields, int Year)
{
    public const int Bytes = 4;

    public string KeyName => KeyNames.Person(Person.ToString().ToLowerInvariant(), Fields.ToString().ToLowerInvariant(), Year);

    public void Write(Span<byte> to)
    {
        (to[0], to[1]) = ((byte)Person, (byte)Fields);
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)Year);
    }

    public static Owner Read(ReadOnlySpan<byte> from) => new((PersonClass)from[0], (FieldClass)from[1], BinaryPrimitives.ReadUInt16BigEndian(from[2..]));
}
