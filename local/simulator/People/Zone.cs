using KpTelemetry.Local.Simulator.Chance;

namespace KpTelemetry.Local.Simulator.People;

/// <summary>Where people live, by the clock on their wall: the provider's regions, with their share of its members.</summary>
public sealed record Zone(string Name, double Share)
{
    private readonly TimeZoneInfo _info = TimeZoneInfo.FindSystemTimeZoneById(Name);
    private (long Hour, TimeSpan Offset) _offset = (long.MinValue, default);

    public static IReadOnlyList<Zone> All { get; } =
    [
        new("America/Los_Angeles", 0.74), new("America/New_York", 0.14), new("America/Denver", 0.08), new("Pacific/Honolulu", 0.04),
    ];

    public static Weighted<Zone> Shares { get; } = new(All.Select(z => (z, z.Share)));

    /// <summary>How far the zone's clock is ahead of UTC.</summary>
    public TimeSpan Offset(long unixSeconds)
    {
        // Offsets change on whole hours only; asking the zone for every request would cost more than the rest of a line.
        var hour = unixSeconds / 3600;
        if (_offset.Hour != hour)
            _offset = (hour, _info.GetUtcOffset(DateTimeOffset.FromUnixTimeSeconds(hour * 3600)));
        return _offset.Offset;
    }
}
