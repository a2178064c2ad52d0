using System.Buffers.Text;
using System.Text;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Audit.ReadingMembers;

/// <summary>
/// What stands for a member in the addresses of the API. It is the id of their stream, sealed for the account that asked:
/// an address in somebody's history or log joins with no dump of the database and with no address of another's, and
/// opens nothing once the member's keys have ended, as a sealed name would.
/// </summary>
public sealed class MemberHandles(RecordStore store)
{
    private const int StreamBytes = 16;

    /// <summary>
    /// A handle for <paramref name="user"/>, a new one each time; also of a name that the record does not know: whether
    /// there is anything, only the reading of the timeline tells.
    /// </summary>
    public string Make(string member, string user)
    {
        var person = new Person(PersonClass.Member, member);
        var stream = store.Vault.GetOrCreate([person])[person].Stream;
        using var sealer = new Sealer(Key);
        return Base64Url.EncodeToString(sealer.Seal(stream.ToByteArray(bigEndian: true), Encoding.UTF8.GetBytes(user)));
    }

    /// <summary>The stream that a handle stands for; null where it is none of this user's.</summary>
    internal Guid? Open(string handle, string user)
    {
        var content = new byte[StreamBytes + Sealer.Overhead];
        if (handle.Length > Base64Url.GetEncodedLength(content.Length) || !Base64Url.IsValid(handle, out var length) || length != content.Length)
            return null;
        Base64Url.DecodeFromChars(handle, content);
        using var sealer = new Sealer(Key);
        return sealer.Open(content, Encoding.UTF8.GetBytes(user)) is { Length: StreamBytes } stream ? new Guid(stream, bigEndian: true) : null;
    }

    private byte[] Key => store.Keys.GetOrCreate(KeyNames.Handles);
}
