namespace KpTelemetry.Schemas.Members;

/// <summary>What is said of a member, by a portal or as agreed in a case. Stored as numbers: a value is never reused.</summary>
[Flags]
public enum MemberFlags
{
    None = 0,

    /// <summary>The account belongs to a child under 13 (P12).</summary>
    UnderAge = 1,

    /// <summary>An agreed restriction of use (P15).</summary>
    Restricted = 2,

    /// <summary>Opted out of measurement (P14).</summary>
    OptedOut = 4,
}
