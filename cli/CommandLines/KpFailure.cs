namespace KpTelemetry.Cli.CommandLines;

/// <summary>A command could not do what was asked: one line that says why, and a hint that says what to do.</summary>
/// <param name="message">What went wrong, one line, no identifier and no secret in it.</param>
/// <param name="hint">What the reader can do about it, one line.</param>
public sealed class KpFailure(string message, string hint) : Exception(message)
{
    /// <summary>What the reader can do about it.</summary>
    public string Hint { get; } = hint;
}
