using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.AccountingDisclosures;

/// <summary>A disclosure as its subject is told of it.</summary>
public sealed record AccountedDisclosure(DateOnly Date, string Recipient, string What, string Why);

/// <summary>The accounting of disclosures (P13). Pure.</summary>
internal static class Accounting
{
    /// <summary>The disclosures that may be told of now, the oldest first. That one is suspended is not told either.</summary>
    public static IReadOnlyList<AccountedDisclosure> Of(IEnumerable<RecordedEvent> told, DateTimeOffset now)
    {
        var all = told.ToList();
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var suspended = all.OfType<DisclosureSuspended>().Where(suspension => today < suspension.Until).Select(suspension => suspension.Recipient).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. all.OfType<DisclosureMade>().Where(made => !suspended.Contains(made.Recipient)).OrderBy(made => made.At)
            .Select(made => new AccountedDisclosure(DateOnly.FromDateTime(made.At.UtcDateTime), made.Recipient, made.What, made.Why))];
    }
}
