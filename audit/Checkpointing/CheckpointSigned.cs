using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.Checkpointing;

/// <summary>
/// A checkpoint has been signed. Since this entry is under the next one, none can be taken away, from the file and from the
/// database alike, without its entry telling.
/// </summary>
public sealed record CheckpointSigned : RecordedEvent
{
    /// <summary>Leaves it was signed over.</summary>
    public required long Size { get; init; }

    /// <summary>Their root.</summary>
    public required byte[] Root { get; init; }
}
