using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.ReadingMembers;

/// <summary>What stands for a member in the addresses of the API.</summary>
public sealed class MemberHandles(RecordStore store)
{
    private readonly StreamHandles _handles = new(store, PersonClass.Member);

    /// <summary>
    /// A handle for <paramref name="user"/>, a new one each time; also of a name that the record does not know: whether
    /// there is anything, only the reading of the timeline tells.
    /// </summary>
    public string Make(string member, string user)
    {
        var person = new Person(PersonClass.Member, member);
        return _handles.Make(store.Vault.GetOrCreate([person])[person].Stream, user);
    }

    /// <summary>The stream that a handle stands for; null where it is none of this user's.</summary>
    internal Guid? Open(string handle, string user) => _handles.Open(handle, user);
}
