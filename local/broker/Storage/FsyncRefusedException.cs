namespace KpTelemetry.Local.Broker.Storage;

/// <summary>The disk refused an fsync: pages may be dropped, so that what the system shows is no longer what is kept.</summary>
internal sealed class FsyncRefusedException(int error) : IOException($"the disk refused an fsync (errno {error})");
