using Google.Protobuf;
using KpTelemetry.Ingest.Parsing;
using KpTelemetry.Schemas.Policies;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Ingest.Gathering;

/// <summary>What is known of a logs request before its lines are read.</summary>
/// <param name="Site">The site of every line.</param>
/// <param name="Format">How lines are read.</param>
/// <param name="ReceivedMs">When the request was received.</param>
/// <param name="Policy">What the revision in force at its receipt says.</param>
/// <param name="StateKey">Name of the key of the processors' state.</param>
/// <param name="File">Source and import, where the lines come from a file.</param>
/// <param name="From">Offset of the first line in the file; 0 without one.</param>
internal sealed record LogRequest(SiteStamp Site, LogFormat Format, long ReceivedMs, PolicyValues Policy, string StateKey, FileImport? File, long From)
{
    private const long HourMs = 60 * 60 * 1000;

    /// <summary>UTC day of receipt.</summary>
    public DateOnly Day { get; } = DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(ReceivedMs).UtcDateTime);

    /// <summary>Event times that are taken: from the first to the second, both included.</summary>
    public (long FromMs, long ToMs) Times { get; } = (
        ReceivedMs - (Policy[File is null ? PolicyKeys.LiveAgeDays : PolicyKeys.ImportAgeDays] * 24 * HourMs),
        ReceivedMs + (Policy[PolicyKeys.AheadHours] * HourMs));

    /// <summary>The site's stamp for headers and access events.</summary>
    public SiteStamp BareSite { get; } = Site.Bare();

    public FileRange? FileRange(long from, long to) => File is null ? null : new FileRange
    {
        Source = BytesOf(File.Source),
        Import = BytesOf(File.Import),
        From = from,
        To = to,
        Site = BareSite,
    };

    internal static ByteString BytesOf(Guid id) => ByteString.CopyFrom(id.ToByteArray(bigEndian: true));
}

/// <summary>A sending of a file.</summary>
internal sealed record FileImport(Guid Source, Guid Import);
