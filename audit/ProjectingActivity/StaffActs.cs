using System.Security.Cryptography;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Audit.ProjectingActivity;

/// <summary>What members of staff do, as it is counted: by the kind of its entry, where that says it, and else by one of these.</summary>
internal static class StaffActs
{
    /// <summary>Gave out entries of the record as a file.</summary>
    public const string Exported = "staff-exported";

    /// <summary>Asked for what their role may not have, or wanted to do what may not be done.</summary>
    public const string Refused = "staff-refused";

    /// <summary>The route of the record's export.</summary>
    public const string ExportRoute = "/api/v1/audit/export";

    private const int LookBytes = 8;

    /// <summary>What an entry of a member of staff's own stream is counted as.</summary>
    public static string Of(string kind, RecordedEvent? opened) => opened switch
    {
        StaffQueried { Outcome: Outcomes.Refused } => Refused,
        StaffQueried { Resource: ExportRoute } => Exported,
        _ => kind,
    };

    /// <summary>By what an act is found.</summary>
    public static byte[] Token(RecordStore store, string act) => EventKinds.Token(act, store.Keys.GetOrCreate(KeyNames.People));

    /// <summary>Tells looks of one member of staff at different members apart, and nothing else: not even that two of them looked at the same.</summary>
    public static byte[] LookToken(ReadOnlySpan<byte> key, Guid staff, Guid member) =>
        HMACSHA256.HashData(key, [.. "look:"u8, .. staff.ToByteArray(bigEndian: true), .. member.ToByteArray(bigEndian: true)])[..LookBytes];
}
