namespace KpTelemetry.Local.Broker.Storage;

/// <summary>A segment that was complete and flushed before is no longer whole: an operator has to look.</summary>
internal sealed class DamagedLogException(string file, long position)
    : Exception($"the log file {file} is damaged at byte {position}; it was complete before, so nothing is cut");
