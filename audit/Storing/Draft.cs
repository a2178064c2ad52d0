using KpTelemetry.Audit.People;

namespace KpTelemetry.Audit.Storing;

/// <summary>An event about to be appended, its people still in clear.</summary>
/// <param name="Person">Whom it is about and in whose stream it is; null where about nobody.</param>
/// <param name="Event">What happened.</param>
internal sealed record Draft(Person? Person, RecordedEvent Event)
{
    /// <summary>Who else is named: each opens under that person's own keys only.</summary>
    public IReadOnlyList<Other> Others { get; init; } = [];

    /// <summary>Whether it was made here of what was told, and so is no further act of anybody's.</summary>
    public bool IsDerived { get; init; }

    public IEnumerable<Person> People => Others.Select(other => other.Person).Concat(Person is { } subject ? [subject] : []);
}

/// <summary>Somebody else whom an entry names.</summary>
/// <param name="Role">As what: <see cref="NamedAs"/>.</param>
/// <param name="Person">Who.</param>
internal readonly record struct Other(string Role, Person Person);

/// <summary>As what somebody is named in an entry.</summary>
public static class NamedAs
{
    /// <summary>Who acted, where it was not the subject.</summary>
    public const string Actor = "actor";

    /// <summary>For whom it was done.</summary>
    public const string OnBehalfOf = "on-behalf-of";

    /// <summary>Whom it is about, where the entry is in somebody else's stream: a case's, or the reader's.</summary>
    public const string Subject = "subject";
}
