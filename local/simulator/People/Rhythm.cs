namespace KpTelemetry.Local.Simulator.People;

/// <summary>When people use a health site: quiet nights, mornings and evenings, Mondays most, weekends least.</summary>
public static class Rhythm
{
    private static readonly double[] Hours =
    [
        0.20, 0.12, 0.08, 0.06, 0.07, 0.14, 0.32, 0.58, 0.84, 0.98, 1.00, 0.96, 0.86, 0.84, 0.86, 0.84, 0.80, 0.74, 0.72, 0.80, 0.84, 0.76, 0.56, 0.36,
    ];

    // Sunday first, as DayOfWeek counts.
    private static readonly double[] Days = [0.62, 1.00, 0.96, 0.93, 0.90, 0.82, 0.60];

    /// <summary>How active the people of a zone are at that moment, above 0 to 1.</summary>
    public static double Activity(Zone zone, long unixSeconds)
    {
        var local = DateTimeOffset.FromUnixTimeSeconds(unixSeconds) + zone.Offset(unixSeconds);
        return Hours[local.Hour] * Days[(int)local.DayOfWeek];
    }

    /// <summary>The activity of everybody.</summary>
    public static double Activity(long unixSeconds) => Zone.All.Sum(zone => zone.Share * Activity(zone, unixSeconds));
}

/// <summary>A span of time, cut into moments between which equally much happens.</summary>
public sealed class Timeline
{
    private readonly long _start;
    private readonly double[] _done;
    private int _hour;

    /// <param name="start">Unix seconds, on a whole hour.</param>
    /// <param name="hours">At least 1.</param>
    public Timeline(long start, int hours)
    {
        _start = start;
        _done = new double[hours + 1];
        for (var hour = 0; hour < hours; hour++)
            _done[hour + 1] = _done[hour] + Rhythm.Activity(start + (hour * 3600L));
    }

    /// <summary>The last millisecond of the span, of Unix time.</summary>
    public long Last => ((_start + ((_done.Length - 1) * 3600L)) * 1000) - 1;

    /// <summary>How much happens in the span, in busy hours of everybody.</summary>
    public double Activity => _done[^1];

    /// <summary>The moment at which that share of everything has happened, in milliseconds of Unix time.</summary>
    /// <param name="share">0 to 1, never less than in the call before.</param>
    public long At(double share)
    {
        var wanted = share * _done[^1];
        while (_hour < _done.Length - 2 && _done[_hour + 1] < wanted)
            _hour++;
        var within = (wanted - _done[_hour]) / (_done[_hour + 1] - _done[_hour]);
        return ((_start + (_hour * 3600L)) * 1000) + (long)(Math.Clamp(within, 0, 1) * 3_600_000);
    }
}
