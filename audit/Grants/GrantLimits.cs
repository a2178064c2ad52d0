namespace KpTelemetry.Audit.Grants;

/// <summary>How much a grant may give.</summary>
public static class GrantLimits
{
    /// <summary>Lines that a grant is for where nothing else is asked.</summary>
    public const int StandardLines = 100;

    /// <summary>Lines that a grant is for at most.</summary>
    public const int MostLines = 1000;

    /// <summary>Readings of a grant at most, also of those that find nothing.</summary>
    public const int MostUses = 200;

    /// <summary>Hours that a grant lasts where nothing else is asked.</summary>
    public const int StandardHours = 8;

    /// <summary>Hours that a grant lasts at most: seven days.</summary>
    public const int MostHours = 7 * 24;

    /// <summary>How long a grant waits to be decided.</summary>
    public static readonly TimeSpan Waits = TimeSpan.FromDays(7);

    /// <summary>Until when a use of break-glass is to be reviewed: 72 hours.</summary>
    public static readonly TimeSpan ReviewedWithin = TimeSpan.FromHours(72);
}
