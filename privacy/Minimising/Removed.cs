namespace KpTelemetry.Privacy.Minimising;

/// <summary>What the door took out of a value, by class.</summary>
[Flags]
public enum Removed
{
    Nothing = 0,

    /// <summary>A query string, fragment, path parameter or userinfo, or a whole value that is none of its kind.</summary>
    Query = 1,

    /// <summary>A number that passes the Luhn check (P10).</summary>
    Card = 2,

    /// <summary>A UUID or UDID (P19).</summary>
    Device = 4,
}
