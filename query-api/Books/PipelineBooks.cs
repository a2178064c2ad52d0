namespace KpTelemetry.QueryApi.Books;

/// <summary>
/// The books, from the log: received = counted + duplicates + rejected + dropped, exactly, over what has been read; lag
/// tells what has not.
/// </summary>
/// <param name="Received">Rows of groups that were read, whatever became of them.</param>
/// <param name="Counted">Rows that made figures.</param>
/// <param name="Duplicates">Rows that had been received before.</param>
/// <param name="Rejected">Rows that could not be used, by reason.</param>
/// <param name="Dropped">Rows that policy forbids to keep, by reason.</param>
/// <param name="AccessRecorded">Entries of the access record about what members did.</param>
/// <param name="Lag">What is acknowledged and not yet read.</param>
/// <param name="Released">What has been released, by site.</param>
/// <param name="Replayed">Of the rejected rows, those that were sent again after a fix and were received then: each is in the books twice.</param>
public sealed record PipelineBooks(
    long Received, long Counted, long Duplicates,
    IReadOnlyDictionary<string, long> Rejected, IReadOnlyDictionary<string, long> Dropped,
    long AccessRecorded, Lag Lag, IReadOnlyDictionary<string, SiteReleases> Released, IReadOnlyDictionary<string, long> Replayed);

/// <summary>What is acknowledged and not yet read.</summary>
/// <param name="Records">Records of the log; null while the log does not answer.</param>
/// <param name="Partitions">The same by partition.</param>
public sealed record Lag(long? Records, IReadOnlyDictionary<string, long?> Partitions);

/// <summary>Releases of a site.</summary>
/// <param name="Number">How many there were.</param>
/// <param name="AsOf">When the newest was done.</param>
public sealed record SiteReleases(long Number, DateTimeOffset AsOf);
