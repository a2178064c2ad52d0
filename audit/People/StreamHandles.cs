using System.Buffers.Text;
using System.Text;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Audit.People;

/// <summary>
/// What stands for a person of one class in addresses. It is the id of their stream, sealed for the account that asked: an
/// address in somebody's history or log joins with no dump of the database and with no address of another's, and opens
/// nothing once the person's keys have ended, as a sealed name would.
/// </summary>
internal sealed class StreamHandles(RecordStore store, PersonClass of)
{
    private const int StreamBytes = 16;

    /// <summary>A handle for <paramref name="user"/>, a new one each time.</summary>
    public string Make(Guid stream, string user)
    {
        using var sealer = new Sealer(Key);
        return Base64Url.EncodeToString(sealer.Seal(stream.ToByteArray(bigEndian: true), For(user)));
    }

    /// <summary>The stream that a handle stands for; null where it is none of this user's, or of another class.</summary>
    public Guid? Open(string handle, string user)
    {
        var content = new byte[StreamBytes + Sealer.Overhead];
        if (handle.Length > Base64Url.GetEncodedLength(content.Length) || !Base64Url.IsValid(handle, out var length) || length != content.Length)
            return null;
        Base64Url.DecodeFromChars(handle, content);
        using var sealer = new Sealer(Key);
        return sealer.Open(content, For(user)) is { Length: StreamBytes } stream ? new Guid(stream, bigEndian: true) : null;
    }

    // Of its class alone: a handle of staff opens no member's timeline, which needs a purpose and a case.
    private byte[] For(string user) => [(byte)of, .. Encoding.UTF8.GetBytes(user)];

    private byte[] Key => store.Keys.GetOrCreate(KeyNames.Handles);
}
