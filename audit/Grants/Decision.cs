using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.Grants;

/// <summary>Why something is not done.</summary>
public enum RefusalKind
{
    /// <summary>What was asked for is outside the bounds.</summary>
    Unusable,

    /// <summary>Not by this person, or not without a grant.</summary>
    Forbidden,

    /// <summary>Not in the state that the grant is in.</summary>
    Conflict,

    /// <summary>The grant is over.</summary>
    Over,

    /// <summary>There is no such grant.</summary>
    Unknown,
}

/// <summary>That something is not done.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Words">Why, and what to do, in words; names nobody.</param>
public sealed record Refusal(RefusalKind Kind, string Words);

/// <summary>What a command comes to: events, or a refusal and no event.</summary>
internal sealed record Decision(IReadOnlyList<RecordedEvent> Events, Refusal? Refusal)
{
    public static Decision To(params RecordedEvent[] events) => new(events, null);

    public static Decision Refuse(RefusalKind kind, string words) => new([], new Refusal(kind, words));
}
