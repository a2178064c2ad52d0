using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.AccountingDisclosures;

/// <summary>
/// Something about a person was disclosed outside (P13; 45 CFR 164.528). Its time is the day of the disclosure. In the stream
/// of each person concerned; what staff read is a use and stands elsewhere.
/// </summary>
public sealed record DisclosureMade : ActOfStaff
{
    /// <summary>To whom: name and, where known, address.</summary>
    public required string Recipient { get; init; }

    /// <summary>What was disclosed, in short.</summary>
    public required string What { get; init; }

    /// <summary>Why: the purpose, or the request that it answers.</summary>
    public required string Why { get; init; }
}

/// <summary>
/// Law enforcement, or who oversees health care, asked in writing that a person is not told of disclosures to them
/// (45 CFR 164.528(a)(2)). The accounting leaves them out until then.
/// </summary>
public sealed record DisclosureSuspended : ActOfStaff
{
    /// <summary>The recipient, as the disclosures name it.</summary>
    public required string Recipient { get; init; }

    /// <summary>The first day (UTC) on which they are told of again.</summary>
    public required DateOnly Until { get; init; }

    /// <summary>The written statement: who, when, its number.</summary>
    public required string Statement { get; init; }
}
