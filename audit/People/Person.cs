namespace KpTelemetry.Audit.People;

/// <summary>Whom the record can be about. Keys and streams of classes never mix. The numbers are stored.</summary>
public enum PersonClass : byte
{
    /// <summary>Someone the provider cares for, known by what the portals call them.</summary>
    Member = 1,

    /// <summary>Someone who works with what is measured, known by the name of their account.</summary>
    Staff = 2,

    /// <summary>A case: a grant, a request of a subject, a hold. It has a stream and keys as a person has.</summary>
    Case = 3,

    /// <summary>Someone known by a mail address or a cookie only.</summary>
    Visitor = 4,
}

/// <summary>A person the record speaks of.</summary>
/// <param name="Class">Member, staff or case.</param>
/// <param name="Name">The name in clear. Never stored, logged or put into a message of an exception.</param>
public readonly record struct Person(PersonClass Class, string Name)
{
    /// <summary>Tells the class only, so that no interpolated text carries a name.</summary>
    public override string ToString() => Class.ToString();
}

/// <summary>
/// What an entry's fields are kept for, which decides when the keys end that they open under (P11, P16). The numbers are stored.
/// </summary>
public enum FieldClass : byte
{
    /// <summary>Who accessed what: kept for the whole of the record's retention, also when the person asks for erasure.</summary>
    Access = 1,

    /// <summary>What was disclosed to whom: the accounting that the law gives; kept as access is.</summary>
    Disclosure = 2,

    /// <summary>What a person chose or told of themselves: opens no more from the moment of erasure on.</summary>
    Preference = 3,
}
