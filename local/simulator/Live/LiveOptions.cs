namespace KpTelemetry.Local.Simulator.Live;

/// <summary>How the live fleet plays.</summary>
/// <param name="Rate">Page views a second over all sites, 1 to 5,000: never more, fewer while ingest asks for patience.</param>
/// <param name="Duration">How long; null: until it is cancelled.</param>
/// <param name="Seed">What all chance comes from.</param>
/// <param name="Sites">Which of the fleet's sites, with the share of visits that each gets.</param>
public sealed record LiveOptions(double Rate, TimeSpan? Duration, ulong Seed, IReadOnlyList<(string Site, double Share)> Sites)
{
    /// <summary>
    /// Page views a second at which the total of the largest site moves every quarter of a minute: three quarters of the visits
    /// are of people new that day, a step of eleven is shown once the next is full, and visitors are spread over partitions.
    /// </summary>
    public const double StandardRate = 24;

    /// <summary>The sites that have web traffic.</summary>
    public static IReadOnlyList<(string Site, double Share)> StandardSites { get; } =
        [("kp.org", 0.70), ("healthy.kaiserpermanente.org", 0.22), ("m.kp.org", 0.08)];
}

/// <summary>What the live fleet has done.</summary>
/// <param name="Sent">Hits that ingest took.</param>
/// <param name="Refused">Answers that asked for patience; these hits were sent again.</param>
/// <param name="Failed">Hits given up: ingest did not answer, or with an error.</param>
public readonly record struct LiveCount(long Sent, long Refused, long Failed);
