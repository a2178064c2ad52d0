using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.EndingKeys;

/// <summary>A key of the key store has ended: what was sealed under it opens no more (docs/KEYS.md).</summary>
public sealed record KeyEnded : RecordedEvent
{
    /// <summary>The key's name: its purpose, and the day or the class and year that it was for.</summary>
    public required string Key { get; init; }

    /// <summary>The revision of the privacy policy under which it ended, by its date.</summary>
    public required string Policy { get; init; }
}
