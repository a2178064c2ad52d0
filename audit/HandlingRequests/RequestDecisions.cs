namespace KpTelemetry.Audit.HandlingRequests;

/// <summary>What can be done in a request.</summary>
public enum RequestCommand
{
    Verify,
    Extend,
    Refuse,
    Export,
    Erase,
    Restrict,
    Lift,
    Fulfil,
}

/// <summary>What may be done in a request as it stands. Pure.</summary>
public static class RequestDecisions
{
    /// <summary>Days from receipt to answer, and what the one extension adds (P11).</summary>
    public const int Days = 30;

    /// <summary>Why the command is refused, in words; null where it is not. Nothing of the subject's is touched before it is verified who asks.</summary>
    public static string? WhyNot(SubjectRequest request, RequestCommand command) => command switch
    {
        RequestCommand.Lift => request.IsRestricting ? null : "no restriction of this request is in force",
        _ when !request.IsOpen => "the request is closed",
        RequestCommand.Verify => request.Standing == Standing.Verified ? "who asks is verified already" : null,
        RequestCommand.Extend => request.IsExtended ? "a request is extended once" : null,
        RequestCommand.Refuse => request.IsRestricting ? "a restriction of this request is in force: lift it first" : null,
        _ when request.Standing != Standing.Verified => "who asks is not verified",
        RequestCommand.Export => Unless(request, "it asks for no data", RequestKinds.Access, RequestKinds.Disclosures),
        RequestCommand.Erase => Unless(request, "it asks for no erasure", RequestKinds.Erase),
        RequestCommand.Restrict => Unless(request, "it asks for no restriction", RequestKinds.Restrict) ?? WhyNotRestricted(request),
        _ => request.Proof.Count == 0 && request.Asked != RequestKinds.Correct ? "what it asks for is not done" : null,
    };

    private static string? Unless(SubjectRequest request, string reason, params string[] kinds) => kinds.Contains(request.Asked, StringComparer.Ordinal) ? null : reason;

    // A visitor's choice is in their own browser; the door knows members only.
    private static string? WhyNotRestricted(SubjectRequest request) =>
        request.KnownBy != KnownBy.Member ? "the door enforces restrictions of members; a visitor chooses at /privacy/choices"
        : request.IsRestricting ? "the restriction is in force already"
        : null;
}
