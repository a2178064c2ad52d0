using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.BreakingGlass;
using KpTelemetry.Audit.DecidingGrant;
using KpTelemetry.Audit.EndingGrant;
using KpTelemetry.Audit.ReviewingAccess;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Audit.UsingGrant;

namespace KpTelemetry.Audit.Grants;

/// <summary>Where a grant stands.</summary>
public enum GrantState
{
    /// <summary>It waits to be given or refused.</summary>
    Asked,

    /// <summary>It can be read with, until it ends.</summary>
    Given,
    Refused,
    Ended,

    /// <summary>No grant was asked for: the glass was broken to look at a member's access record. Nothing can be read with it, and its review closes it.</summary>
    Looked,
}

/// <summary>A grant to read identified log lines, or a look at a member's access record that must be reviewed, as the events of its own stream make it.</summary>
public sealed record Grant
{
    /// <summary>Random; names the case.</summary>
    public required string Id { get; init; }
    /// <summary>Who asked for it, and alone may read with it; or who looked.</summary>
    public required string Asker { get; init; }
    public required string Purpose { get; init; }
    public required string Case { get; init; }
    public required GrantScope Scope { get; init; }
    public required DateTimeOffset AskedAt { get; init; }
    /// <summary>How many lines it is for.</summary>
    public required int Lines { get; init; }
    /// <summary>How long it lasts from when it is given.</summary>
    public required TimeSpan Lasts { get; init; }
    public GrantState State { get; init; } = GrantState.Asked;
    /// <summary>Who gave or refused it; with break-glass the asker.</summary>
    public string? Decider { get; init; }
    public string? Why { get; init; }
    /// <summary>When it ends by time; null while it is not given.</summary>
    public DateTimeOffset? Ends { get; init; }
    public int LinesRead { get; init; }
    /// <summary>How often it was read with, or looked.</summary>
    public int Uses { get; init; }
    /// <summary>Why it ended: see <see cref="GrantEnded.Cause"/>.</summary>
    public string? EndedBy { get; init; }
    /// <summary>Until when its use is to be reviewed; null where it is no break-glass.</summary>
    public DateTimeOffset? ReviewBy { get; init; }
    public string? Reviewer { get; init; }
    public string? Verdict { get; init; }

    public int LinesLeft => Lines - LinesRead;

    public bool IsBreakGlass => ReviewBy is not null;

    /// <summary>Whether it waits for a review.</summary>
    public bool AwaitsReview => IsBreakGlass && Verdict is null;

    /// <summary>Whether somebody has still to do something about it, or can read with it.</summary>
    public bool IsOpen => State is GrantState.Asked or GrantState.Given || AwaitsReview;

    /// <summary>Whether its review is late.</summary>
    public bool IsOverdue(DateTimeOffset now) => AwaitsReview && ReviewBy <= now;

    /// <summary>Where it stands at that time, whether or not an event says so yet.</summary>
    public GrantState StateAt(DateTimeOffset now) => DueToEnd(now) is null ? State : GrantState.Ended;

    /// <summary>Why it is over though no event says so yet; null where it is not.</summary>
    internal string? DueToEnd(DateTimeOffset now) => State switch
    {
        GrantState.Given when now >= Ends => GrantEnded.ByTime,
        GrantState.Asked when now >= AskedAt + GrantLimits.Waits => GrantEnded.Unanswered,
        _ => null,
    };

    /// <summary>Whether that account may not decide about it: a grant is decided by another than who asked or whom it is about.</summary>
    internal bool Concerns(string user) => IsSame(user, Asker) || IsSame(user, Scope.Member);

    /// <summary>Whether an account bears that name.</summary>
    public static bool IsSame(string user, string? other) => string.Equals(user, other, StringComparison.OrdinalIgnoreCase);

    /// <summary>The grant that its events make; null where they do not begin with its being asked for, or do not open any more.</summary>
    internal static Grant? Of(string id, IEnumerable<Told> events) => events.Aggregate((Grant?)null, (grant, told) => grant is null ? Begin(id, told) : grant.After(told));

    private static Grant? Begin(string id, Told told) => told.Event switch
    {
        GrantAsked asked => Begin(id, told, new GrantScope(told.Subject, asked.Site, asked.From, asked.To)) with { Lines = asked.Lines, Lasts = TimeSpan.FromHours(asked.Hours) },
        BreakGlassRead read => Begin(id, told, new GrantScope(told.Subject, null, read.At, read.At)) with { State = GrantState.Looked, ReviewBy = read.ReviewBy, Uses = 1 },
        _ => null,
    };

    private static Grant Begin(string id, Told told, GrantScope scope) => new()
    {
        Id = id,
        Asker = told.Actor ?? string.Empty,
        Purpose = told.Event.Purpose!,
        Case = told.Event.Case!,
        Scope = scope,
        AskedAt = told.Event.At,
        Lines = 0,
        Lasts = TimeSpan.Zero,
    };

    private Grant After(Told told) => told.Event switch
    {
        GrantGiven given => this with { State = GrantState.Given, Decider = told.Actor, Ends = given.Ends },
        GrantRefused refused => this with { State = GrantState.Refused, Decider = told.Actor, Why = refused.Why },
        BreakGlassUsed used => this with { State = GrantState.Given, Decider = told.Actor, Ends = used.Ends, ReviewBy = used.ReviewBy },
        BreakGlassRead read => this with { Scope = Scope with { To = read.At }, Uses = Uses + 1 },
        GrantUsed used => this with { LinesRead = LinesRead + used.Lines, Uses = Uses + 1 },
        GrantEnded ended => this with { State = GrantState.Ended, EndedBy = ended.Cause },
        AccessReviewed reviewed => this with { Reviewer = told.Actor, Verdict = reviewed.Verdict, Why = reviewed.Why },
        _ => this,
    };
}

/// <summary>An event of a grant with who acted and whom it is about.</summary>
internal sealed record Told(RecordedEvent Event, string? Actor, string? Subject);
