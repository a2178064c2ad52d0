using System.Collections.Frozen;

namespace KpTelemetry.Schemas;

/// <summary>
/// Why an event was not counted: the closed list. Below 100 rejected (bad input, kept for replay), from 100 dropped
/// (policy said so, nothing kept). The numbers are stored: a value is never reused.
/// </summary>
public enum Reason
{
    /// <summary>Counted.</summary>
    None = 0,
    /// <summary>No site of that name is defined.</summary>
    UnknownSite = 1,
    /// <summary>The line does not have the form of its format.</summary>
    MalformedLine = 2,
    /// <summary>The line is longer than 64 KiB.</summary>
    LineTooLong = 3,
    /// <summary>The time cannot be read.</summary>
    BadTime = 4,
    /// <summary>More than 24 hours ahead of ingest's clock.</summary>
    AheadOfClock = 5,
    /// <summary>Older than policy accepts from this kind of source.</summary>
    TooOld = 6,
    /// <summary>Bytes that are no text: control characters or invalid UTF-8 where the format has none.</summary>
    BinaryData = 7,
    /// <summary>A required field is missing.</summary>
    MissingField = 8,
    /// <summary>The group does not open, or its content does not read.</summary>
    Unreadable = 9,
    /// <summary>A field holds none of the values that it may have.</summary>
    BadField = 10,

    /// <summary>The visitor opted out of measurement (P14).</summary>
    OptedOut = 100,
    /// <summary>The account belongs to a child under 13 (P12).</summary>
    UnderAge = 101,
    /// <summary>An agreed restriction (P15).</summary>
    Restricted = 102,
}

/// <summary>The names of reasons as the books, answers and metrics show them.</summary>
public static class Reasons
{
    private static readonly FrozenDictionary<Reason, string> Names = Enum.GetValues<Reason>().ToFrozenDictionary(r => r, Kebab);

    /// <summary>The stable kebab-case name, such as <c>malformed-line</c>.</summary>
    public static string Name(this Reason reason) => Names.TryGetValue(reason, out var name) ? name : Names[Reason.Unreadable];

    /// <summary>Whether policy dropped the event, as opposed to its being bad input.</summary>
    public static bool IsDropped(this Reason reason) => reason >= Reason.OptedOut;

    private static string Kebab(Reason reason) =>
        string.Concat(reason.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
