using KpTelemetry.Audit.HandlingRequests;

namespace KpTelemetry.QueryApi.Subjects;

/// <summary>Who it is about, by exactly one of these. In bodies only: an identity is in no URL.</summary>
public sealed record SubjectBody(string? Member, string? Mail, string? Cookie)
{
    private const int Longest = 256;

    /// <summary>
    /// By what the subject is known, and the value without blanks around it, with which a hold or an erasure would be one of
    /// somebody who is not there; null where it is not exactly one, or too long.
    /// </summary>
    public (string KnownBy, string Value)? Read()
    {
        (string KnownBy, string Value)[] given = [.. new[] { (KnownBy.Member, Member), (KnownBy.Mail, Mail), (KnownBy.Cookie, Cookie) }.Where(one => one.Item2 is not null).Select(one => (one.Item1, one.Item2!.Trim()))];
        return given is [var only] && only.Value.Length is > 0 and <= Longest && (only.KnownBy != KnownBy.Mail || only.Value.Contains('@', StringComparison.Ordinal)) ? only : null;
    }

    /// <summary>Tells no name.</summary>
    public override string ToString() => nameof(SubjectBody);
}

/// <summary>A request as it comes in.</summary>
/// <param name="Kind">access, correct, erase, restrict or disclosures.</param>
/// <param name="By">How it came: letter, mail, phone, portal, in-person.</param>
/// <param name="Statement">What the subject says, in their own words.</param>
public sealed record FileBody(string? Kind, SubjectBody? Subject, string? By, string? Statement)
{
    internal static readonly string[] Ways = ["letter", "mail", "phone", "portal", "in-person"];
}

/// <summary>How it was checked who asks, and whether it is who they say.</summary>
public sealed record VerifyBody(string? Method, bool? Verified);

/// <summary>Why, or what was done, in words.</summary>
public sealed record WordsBody(string? Text);

/// <summary>To whom an export is handed, and after which entry it goes on.</summary>
public sealed record ExportBody(string? Recipient, long? After);

/// <summary>A legal hold.</summary>
/// <param name="Covers">all, telemetry or record; with a subject record.</param>
/// <param name="From">The first day; absent for all from the start.</param>
/// <param name="To">The last day; absent for all from the first on.</param>
/// <param name="Ground">litigation, investigation, audit or legal.</param>
/// <param name="Reason">The matter.</param>
/// <param name="Subject">Whom it is on; absent for everybody.</param>
public sealed record HoldBody(string? Covers, DateOnly? From, DateOnly? To, string? Ground, string? Reason, SubjectBody? Subject);

/// <summary>A disclosure that was made, for every member concerned.</summary>
public sealed record DisclosureBody(IReadOnlyList<string>? Members, DateOnly? On, string? Recipient, string? What, string? Why);

/// <summary>A written statement that a member is not to be told of disclosures to a recipient until a day.</summary>
public sealed record SuspensionBody(string? Member, string? Recipient, DateOnly? Until, string? Statement);
