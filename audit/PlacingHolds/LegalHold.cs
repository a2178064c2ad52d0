using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.PlacingHolds;

/// <summary>What a hold covers.</summary>
/// <param name="Covers">One of <see cref="Covered"/>.</param>
/// <param name="From">The first day; null for all from the start.</param>
/// <param name="To">The last day; null for all from the first on.</param>
/// <param name="Ground">One of <see cref="Grounds"/>.</param>
/// <param name="Reason">The matter, in words. Sealed.</param>
/// <param name="Subject">Whom it is on; null for everybody.</param>
public sealed record HoldScope(string Covers, DateOnly? From, DateOnly? To, string Ground, string Reason, (string KnownBy, string Value)? Subject)
{
    public const string All = "all";
    public const string Telemetry = "telemetry";
    public const string Record = "record";

    /// <summary>What can be covered: everything, telemetry, or the access record.</summary>
    public static IReadOnlyList<string> Covered { get; } = [All, Telemetry, Record];

    /// <summary>Why holds are placed. Words of a closed list, since a table has them in clear.</summary>
    public static IReadOnlyList<string> Grounds { get; } = ["litigation", "investigation", "audit", "legal"];

    /// <summary>Tells no name.</summary>
    public override string ToString() => Covers;
}

/// <summary>A hold, folded from its own sealed entries.</summary>
/// <param name="Subject">Whom it is on; null where it is on nobody, or that person's key has ended.</param>
public sealed record LegalHold(Guid Id, string Covers, DateOnly? From, DateOnly? To, string Ground, string Reason, string? KnownBy, Person? Subject, DateTimeOffset PlacedAt, string? PlacedBy, DateTimeOffset? LiftedAt)
{
    private const string CaseName = "hold:";

    internal static Person CaseOf(Guid id) => new(PersonClass.Case, $"{CaseName}{id:N}");

    /// <summary>The hold whose stream's owner has that name; null where it is none's.</summary>
    internal static Guid? IdOf(string? name) => name?.StartsWith(CaseName, StringComparison.Ordinal) == true && Guid.TryParseExact(name[CaseName.Length..], "N", out var id) ? id : null;

    internal static LegalHold? Fold(Guid id, IEnumerable<StreamEntry> entries) => entries.Aggregate((LegalHold?)null, (hold, entry) => entry.Opened?.Event switch
    {
        HoldPlaced placed => Begin(id, placed, entry.Opened),
        HoldLifted lifted => hold is null ? null : hold with { LiftedAt = lifted.At },
        _ => hold,
    });

    private static LegalHold Begin(Guid id, HoldPlaced placed, OpenedEntry told)
    {
        var subject = told.Others.GetValueOrDefault(NamedAs.Subject);
        return new(id, placed.Covers, placed.From, placed.To, placed.Ground, placed.Reason, placed.KnownBy,
            placed.KnownBy is { } by && subject is not null ? HandlingRequests.KnownBy.OfName(by, subject) : null, placed.At, told.Others.GetValueOrDefault(NamedAs.Actor), null);
    }

    /// <summary>Tells no name.</summary>
    public override string ToString() => $"hold {Id}";
}
