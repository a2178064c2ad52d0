using System.Security.Cryptography;

namespace KpTelemetry.Audit.People;

/// <summary>
/// The stored body of an entry: a version, then parts. In an entry about a person the first part opens under that person's
/// keys and says what happened; each further one opens under the keys of somebody else who is named. An entry about nobody
/// is a random salt and its content in clear: the salt keeps the leaf from being guessed from what it says.
/// </summary>
internal static class EntryBody
{
    private const byte OfPeople = 1;
    private const byte OfNobody = 2;
    private const int SaltBytes = 32;

    /// <summary>The body made of parts; the first is the subject's.</summary>
    public static byte[] OfParts(IReadOnlyList<byte[]> parts) => [OfPeople, .. parts.SelectMany(part => part)];

    /// <summary>The body of an entry about nobody.</summary>
    public static byte[] InClear(ReadOnlySpan<byte> content) => [OfNobody, .. RandomNumberGenerator.GetBytes(SaltBytes), .. content];

    /// <summary>The content of an entry about nobody; null where it is about somebody, or no body at all.</summary>
    public static byte[]? ContentInClear(ReadOnlySpan<byte> body) => body.Length > SaltBytes && body[0] == OfNobody ? body[(1 + SaltBytes)..].ToArray() : null;

    /// <summary>Of whose class and year the entry is, which stands in clear; null where it is about nobody.</summary>
    public static Owner? OwnerOf(ReadOnlySpan<byte> body) => body.Length > 0 && body[0] == OfPeople && EntryPart.LengthOf(body[1..]) > 0 ? Owner.Read(body[1..]) : null;

    /// <summary>The parts, in their order; none where the body is not one of parts.</summary>
    public static byte[][] Parts(byte[] body)
    {
        var parts = new List<byte[]>();
        if (body.Length == 0 || body[0] != OfPeople)
            return [];
        for (var at = 1; at < body.Length;)
        {
            var length = EntryPart.LengthOf(body.AsSpan(at));
            if (length == 0)
                return [];
            parts.Add(body[at..(at + length)]);
            at += length;
        }

        return [.. parts];
    }
}
