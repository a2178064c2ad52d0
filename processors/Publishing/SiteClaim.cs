namespace KpTelemetry.Processors.Publishing;

/// <summary>The right to publish a site, until another claims it: everything written under it is guarded by the epoch.</summary>
/// <param name="Site">The site's name.</param>
/// <param name="Zone">The zone of its days.</param>
/// <param name="Epoch">Raised by each claim.</param>
/// <param name="Decided">Every done block up to here had been decided upon.</param>
/// <param name="LastRelease">Number of the newest done release, 0 when there is none.</param>
internal sealed record SiteClaim(string Site, TimeZoneInfo Zone, long Epoch, long Decided, long LastRelease);

/// <summary>Another publisher has claimed the site: what was about to be written is not.</summary>
public sealed class FencedException() : Exception("another publisher has claimed the site");
