using KpTelemetry.Audit.ReadingRecord;

namespace KpTelemetry.Audit.Pushing;

/// <summary>Somewhere that entries are pushed to: a SIEM.</summary>
internal interface IPushSink
{
    /// <summary>The name under which is remembered how far it has come.</summary>
    string Name { get; }

    /// <summary>Hands over entries in their order. When it returns they have been taken; else it throws, and all of them are handed over again.</summary>
    Task PushAsync(IReadOnlyList<RecordLine> lines, CancellationToken cancellation);
}

/// <summary>What a SIEM answered, or that it did not: tried again later.</summary>
internal sealed class PushRefusedException(string message, Exception? cause = null) : Exception(message, cause);
