namespace KpTelemetry.Schemas;

/// <summary>The Kafka topics, named <c>kp.STAGE.vN</c>. The version changes when old records could be misread.</summary>
public static class Topics
{
    /// <summary>Sealed groups of minimised events, from ingest to the processors. Record key null; the partition is the visitor's.</summary>
    public const string Raw = "kp.raw.v1";

    /// <summary>The processors' consumer group.</summary>
    public const string ProcessorsGroup = "kp-processors";
}
