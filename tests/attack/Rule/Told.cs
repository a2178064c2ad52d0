using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Rule;

/// <summary>When a row was told.</summary>
public enum Moment
{
    Step,
    Close,
    Late,
}

/// <summary>
/// A published row, and which blocks it speaks of: whoever reads before and after every release knows both its figures
/// and its place. Every answer there is adds up such rows over days, labels and hours.
/// </summary>
/// <param name="After">Its blocks come after this one.</param>
/// <param name="Through">And end with this one.</param>
public sealed record Told(DateOnly Day, Table Table, string Label, int HourFrom, int HourTo, Moment Moment, long After, long Through)
{
    public long? Requests { get; init; }
    public long? Bytes { get; init; }
    public long? PageViews { get; init; }
    public long? Visitors { get; init; }
    public long? Visits { get; init; }
    public long? Bounces { get; init; }
    public long? VisitSeconds { get; init; }
    public long? NewVisitors { get; init; }
    public long? Stays { get; init; }
    public long? StaySeconds { get; init; }

    public static Told Of(PublishedRow row, Moment moment, long after, long through) => new(row.Day, row.Table, row.Label, row.HourFrom, row.HourTo, moment, after, through)
    {
        Requests = row.Requests,
        Bytes = row.Bytes,
        PageViews = row.PageViews,
        Visitors = row.Visitors,
        Visits = row.Visits,
        Bounces = row.Bounces,
        VisitSeconds = row.VisitSeconds,
        NewVisitors = row.NewVisitors,
        Stays = row.Stays,
        StaySeconds = row.StaySeconds,
    };
}

/// <summary>The band that was told of a table of a day at some moment.</summary>
/// <param name="After">What is withheld comes after this block.</param>
/// <param name="Through">And is no younger than this one.</param>
/// <param name="Code">The band as a number.</param>
/// <param name="CodeOf">
/// How it comes from what the blocks hold, of the site page views and visitors, else page views or visits: the code is
/// known, and so is what is published beside.
/// </param>
public sealed record BandTold(DateOnly Day, Table Table, long After, long Through, long Code, Func<long, long, long> CodeOf);

/// <summary>Days of a week or month that are told together, each of its blocks.</summary>
public sealed record JoinTold(DateOnly First, string Last, IReadOnlyList<(DateOnly Day, long After, long Through)> Parts, long PageViews, long Visitors);

/// <summary>All that can be read of a world, and the code that published it, which everybody knows.</summary>
public sealed record Answers(IReadOnlyList<Told> Rows, IReadOnlyList<BandTold> Bands, IReadOnlyList<JoinTold> Joins, Clauses Build);
