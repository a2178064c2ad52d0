using KpTelemetry.Audit.People;

namespace KpTelemetry.Audit.HandlingRequests;

/// <summary>What subjects ask for.</summary>
public static class RequestKinds
{
    /// <summary>To have what is recorded of them.</summary>
    public const string Access = "access";

    /// <summary>To have it corrected, or a statement added.</summary>
    public const string Correct = "correct";

    /// <summary>To have it erased.</summary>
    public const string Erase = "erase";

    /// <summary>To have its use limited.</summary>
    public const string Restrict = "restrict";

    /// <summary>To have an accounting of disclosures.</summary>
    public const string Disclosures = "disclosures";

    public static IReadOnlyList<string> All { get; } = [Access, Correct, Erase, Restrict, Disclosures];
}

/// <summary>By what a subject is known.</summary>
public static class KnownBy
{
    public const string Member = "member";
    public const string Mail = "mail";
    public const string Cookie = "cookie";

    /// <summary>The person whom a value of that kind names. Mail addresses are compared without case.</summary>
    public static Person Find(string knownBy, string value) => knownBy switch
    {
        Member => new Person(PersonClass.Member, value),
        Mail => new Person(PersonClass.Visitor, $"mail:{value.Trim().ToLowerInvariant()}"),
        Cookie => new Person(PersonClass.Visitor, $"cookie:{value}"),
        _ => throw new ArgumentOutOfRangeException(nameof(knownBy)),
    };

    /// <summary>The value that <see cref="Find"/> was given.</summary>
    public static string ValueOf(Person person) => person.Class == PersonClass.Member ? person.Name : person.Name[(person.Name.IndexOf(':', StringComparison.Ordinal) + 1)..];

    internal static Person OfName(string knownBy, string name) => new(knownBy == Member ? PersonClass.Member : PersonClass.Visitor, name);
}

/// <summary>Who of the staff does something about a person, and how.</summary>
/// <param name="User">The name of the account.</param>
/// <param name="Channel"><c>api</c> or <c>dashboard</c>.</param>
/// <param name="Correlation">The id of the request's trace.</param>
public sealed record Acting(string User, string Channel, string Correlation)
{
    internal const string Origin = "query-api";

    internal Person Person => new(PersonClass.Staff, User);

    /// <summary>Tells no name.</summary>
    public override string ToString() => Channel;
}
