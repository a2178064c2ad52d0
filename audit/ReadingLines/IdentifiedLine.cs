namespace KpTelemetry.Audit.ReadingLines;

/// <summary>A log line of a signed-on member, as the door left it: no query string, no fragment, no body.</summary>
public sealed record IdentifiedLine
{
    /// <summary>What stands for anybody but the member whose line it is.</summary>
    public const string Masked = "(masked)";

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }
    /// <summary>Whose line it is.</summary>
    public required string Member { get; init; }
    public required string Site { get; init; }
    /// <summary><c>signed-on</c>, <c>sign-on-failed</c>, <c>service-accessed</c>, <c>signed-off</c>.</summary>
    public required string Action { get; init; }
    public required string Service { get; init; }
    public required string Channel { get; init; }
    public required string Outcome { get; init; }
    /// <summary>Who acted: null, or <see cref="Masked"/> where it was somebody else.</summary>
    public string? Actor { get; init; }
    /// <summary>For whom: null, or <see cref="Masked"/>.</summary>
    public string? OnBehalfOf { get; init; }
    /// <summary>The network address it came from. This and what follows is known of lines of files.</summary>
    public string? Address { get; init; }
    public string? Agent { get; init; }
    public string? Method { get; init; }
    /// <summary>Scheme, host and path of the page that it came from.</summary>
    public string? Referrer { get; init; }
    public int? Status { get; init; }
    public long? Bytes { get; init; }
}

/// <summary>Lines that were found.</summary>
/// <param name="Lines">In the order of the log.</param>
/// <param name="Next">Where to go on; null where all of the log was gone through.</param>
/// <param name="Gone">Rows in groups that might have held more, whose key has ended.</param>
public sealed record FoundLines(IReadOnlyList<IdentifiedLine> Lines, LinePlace? Next, long Gone);
