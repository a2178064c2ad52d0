namespace KpTelemetry.Benchmarks.Utility;

/// <summary>A request of a web log, as far as counting needs it.</summary>
internal sealed record Hit(DateTimeOffset At, string Address, string Agent, string Method, string Path, uint Status, long Bytes, string Referrer);
