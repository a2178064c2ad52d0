using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace KpTelemetry.Audit.RecordingAccess;

/// <summary>
/// What makes an access event the same event when it arrives again: its place in a file, or the sender's own id. The
/// record holds at most one entry of an identity.
/// </summary>
public readonly struct RecordIdentity
{
    private const int TagBytes = 8;
    private readonly byte[]? _place;
    private readonly byte[]? _sent;

    private RecordIdentity(byte[]? place, byte[]? sent) => (_place, _sent) = (place, sent);

    /// <summary>A line of a file: the source's id and the byte offset of the line.</summary>
    public static RecordIdentity Line(Guid source, long position)
    {
        var place = new byte[24];
        source.TryWriteBytes(place, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(place.AsSpan(16), position);
        return new(place, null);
    }

    /// <summary>An event sent one by one: the sender's API key (its id, not its secret) and the event's id there.</summary>
    public static RecordIdentity Sent(string sender, string eventId) =>
        new(null, Encoding.UTF8.GetBytes($"{sender.Length}:{sender}{eventId}"));

    /// <summary>
    /// As stored. A sender's id may be made of anything, so only an HMAC of it is kept. A place stays readable, so that
    /// neighbours lie together in the index, and carries a tag: who has the database alone cannot enter a line's identity
    /// beforehand and so keep the line off the record.
    /// </summary>
    internal byte[] Stored(ReadOnlySpan<byte> key) => _place is { } place
        ? [.. place, .. HMACSHA256.HashData(key, place).AsSpan(0, TagBytes)]
        : HMACSHA256.HashData(key, _sent ?? throw new InvalidOperationException("an access event has no identity"));
}
