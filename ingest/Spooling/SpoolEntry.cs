namespace KpTelemetry.Ingest.Spooling;

/// <summary>Where a spooled record lies.</summary>
internal sealed record SpoolEntry(SpoolSegment Segment, long Offset, int Length);

/// <summary>A file of the spool. Deleted when every record in it is in Kafka.</summary>
internal sealed class SpoolSegment(string path)
{
    public string Path { get; } = path;

    public long Length { get; set; }

    /// <summary>Records that are not in Kafka yet.</summary>
    public int Waiting { get; set; }
}
