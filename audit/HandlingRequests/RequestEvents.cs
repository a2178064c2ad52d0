using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.HandlingRequests;

/// <summary>Somebody asked for what P11, P13 and P15 give them. Whose request it is stands beside it, as <see cref="NamedAs.Subject"/>.</summary>
public sealed record SubjectRequestReceived : ActOfStaff
{
    /// <summary>What is asked: one of <see cref="RequestKinds"/>.</summary>
    public required string Asked { get; init; }

    /// <summary>By what the subject is known: one of <see cref="KnownBy"/>.</summary>
    public required string KnownBy { get; init; }

    /// <summary>How it came: letter, mail, phone, portal, in-person.</summary>
    public required string By { get; init; }

    /// <summary>The last day (UTC) on which the answer is in time.</summary>
    public required DateOnly DueOn { get; init; }
}

/// <summary>What somebody said with their request, in their own words. In their own stream; an erasure makes it unreadable.</summary>
public sealed record SubjectStated : ActOfStaff
{
    public required string Text { get; init; }
}

/// <summary>The identity of who asks was checked, and is the subject's or their representative's.</summary>
public sealed record SubjectVerified : ActOfStaff
{
    /// <summary>How: what was compared or shown.</summary>
    public required string Method { get; init; }
}

/// <summary>The identity of who asks was checked, and could not be established.</summary>
public sealed record SubjectNotVerified : ActOfStaff
{
    /// <summary>How it was tried.</summary>
    public required string Method { get; init; }
}

/// <summary>The answer takes longer, and the subject has been told why. Once in a request.</summary>
public sealed record SubjectRequestExtended : ActOfStaff
{
    /// <summary>The last day (UTC) from now on.</summary>
    public required DateOnly DueOn { get; init; }

    public required string Reason { get; init; }
}

/// <summary>The request was refused in writing.</summary>
public sealed record SubjectRequestRefused : ActOfStaff
{
    public required string Reason { get; init; }
}

/// <summary>The request was fulfilled and answered in writing.</summary>
public sealed record SubjectRequestFulfilled : ActOfStaff
{
    /// <summary>What was done, in words.</summary>
    public required string Done { get; init; }

    /// <summary>The entries of the record that prove it, by index in the tree.</summary>
    public required IReadOnlyList<long> Proof { get; init; }
}
