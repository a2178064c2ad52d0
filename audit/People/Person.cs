namespace KpTelemetry.Audit.People;

/// <summary>On which side of the desk a person of the record is. Keys and streams of the two never mix.</summary>
public enum PersonClass
{
    /// <summary>Someone the provider cares for, known by what the portals call them.</summary>
    Member,

    /// <summary>Someone who works with what is measured, known by the name of their account.</summary>
    Staff,
}

/// <summary>A person the record speaks of.</summary>
/// <param name="Class">Member or staff.</param>
/// <param name="Name">The name in clear. Never stored, logged or put into a message of an exception.</param>
public readonly record struct Person(PersonClass Class, string Name)
{
    /// <summary>Tells the class only, so that no interpolated text carries a name.</summary>
    public override string ToString() => Class.ToString();
}
