namespace KpTelemetry.Ingest;

/// <summary>The meter of everything that ingest counts.</summary>
public static class IngestMeter
{
    /// <summary>Its name.</summary>
    public const string Name = "KpTelemetry.Ingest";
}
