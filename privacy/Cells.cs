using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy;

/// <summary>
/// Integer counters of a cell. Sums of the day's counters of all partitions are the cell's figures, since a visitor
/// belongs to one partition.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public record struct Counters
{
    /// <summary>Accepted requests; in trees those of humans only. None in tables of visits and in pairs.</summary>
    public long Requests;
    /// <summary>Bytes sent.</summary>
    public long Bytes;
    /// <summary>Requests with status 400 or above.</summary>
    public long Errors;
    /// <summary>Page views as the contract defines them. None in tables of visits. In pairs with a visit's source or next page those of visits that began on this day.</summary>
    public long PageViews;
    /// <summary>Visitors who are in this cell for the first time on this site day. In the site's table: on the day, whatever the hour; the same holds there for every other counter of visitors and for what a share is capped by.</summary>
    public long Visitors;
    /// <summary>Visitors whose first page view of the day in this cell this is. In tables of page views and of visits, the same as <see cref="Visitors"/>.</summary>
    public long Viewers;
    /// <summary>Of <see cref="Visitors"/>, those that vouch: at most two per network, cell, day and partition.</summary>
    public long Vouched;
    /// <summary>Of <see cref="Viewers"/>, those that vouch; in tables in which a visitor has one label a day, by the site's day.</summary>
    public long VouchedViewers;
    /// <summary>Visitors whose first label of the table on this day this is: disjoint between labels.</summary>
    public long Entered;
    /// <summary>Of <see cref="Entered"/>, those that vouch on the site's day: at most two per network, day and partition, whatever labels they entered by.</summary>
    public long VouchedEntered;

    /// <summary><see cref="Requests"/> of humans, with each visitor's share in this cell and day at most <see cref="Counting.FoldPolicy.MostRequests"/>. What no visitor can be told of adds nothing.</summary>
    public long CappedRequests;
    /// <summary><see cref="PageViews"/>, with each visitor's share in this cell and day at most <see cref="Counting.FoldPolicy.MostViews"/>.</summary>
    public long CappedViews;
    /// <summary>Visits that began on this day, in this cell: once each, when they are final. In the site's table and those of one label a day, and in tables of visits.</summary>
    public long Visits;
    /// <summary>Visitors whose first visit of the day in this cell this is, those that vouch.</summary>
    public long VouchedVisiting;
    /// <summary>Visits of a single page view.</summary>
    public long Bounces;
    /// <summary>Visitors whose first bounce of the day in this cell this is, those that vouch.</summary>
    public long VouchedBouncing;
    /// <summary>Visitors whose first visit of more than one page view of the day in this cell this is, those that vouch.</summary>
    public long VouchedStaying;
    /// <summary>Page views of these visits.</summary>
    public long VisitViews;
    /// <summary>The same with each visitor's share capped, as <see cref="CappedViews"/>.</summary>
    public long CappedVisitViews;
    /// <summary>Seconds from the first to the last page view of these visits.</summary>
    public long VisitSeconds;
    /// <summary>The same with each visitor's share in this cell and day at most <see cref="Counting.FoldPolicy.MostVisitSeconds"/>.</summary>
    public long CappedVisitSeconds;
    /// <summary>Page views of this page, in visits that began on this day, that another one followed within the visit; in the site's table, of any page. Nothing in other tables.</summary>
    public long Stays;
    /// <summary>Visitors whose first stay of the day in this cell this is, those that vouch.</summary>
    public long VouchedStays;
    /// <summary>Seconds from these page views to the ones that followed.</summary>
    public long StaySeconds;
    /// <summary>The same with each visitor's share in this cell and day at most <see cref="Counting.FoldPolicy.MostStaySeconds"/>.</summary>
    public long CappedStaySeconds;
    /// <summary>Of <see cref="Visitors"/>, those whose cookie says that it was given less than a week ago.</summary>
    public long NewVisitors;
    /// <summary>Of those, the ones that vouch: at most two of the new ones per network, cell, day and partition.</summary>
    public long VouchedNew;
    /// <summary>Of <see cref="Visitors"/>, those whose cookie says that it was given a week ago or earlier, that vouch.</summary>
    public long VouchedReturning;

    /// <summary>Names of the counters as columns, in the order of the fields.</summary>
    public static ImmutableArray<string> Columns { get; } =
    [
        "requests", "bytes", "errors", "page_views", "visitors", "viewers", "vouched", "vouched_viewers", "entered", "vouched_entered",
        "capped_requests", "capped_views", "visits", "vouched_visiting", "bounces", "vouched_bouncing", "vouched_staying",
        "visit_views", "capped_visit_views", "visit_seconds", "capped_visit_seconds",
        "stays", "vouched_stays", "stay_seconds", "capped_stay_seconds", "new_visitors", "vouched_new", "vouched_returning",
    ];

    /// <summary>The counters themselves, in the order of <see cref="Columns"/>.</summary>
    [UnscopedRef]
    public Span<long> Values => MemoryMarshal.CreateSpan(ref Requests, Columns.Length);

    /// <summary>Adds every counter of <paramref name="other"/>.</summary>
    public void Add(in Counters other)
    {
        var mine = Values;
        var others = MemoryMarshal.CreateReadOnlySpan(in other.Requests, mine.Length);
        for (var i = 0; i < mine.Length; i++)
            mine[i] += others[i];
    }
}

/// <summary>
/// What one block adds to a cell of the lattice. The only thing that may be written to ClickHouse's pending table, and
/// only this assembly can make one (invariant 1): everything in it went through de-identification.
/// </summary>
public sealed record Cell
{
    internal Cell(string site, DateOnly day, Table table, byte hour, string label, Counters counters) =>
        (Site, Day, Table, Hour, Label, Counters) = (site, day, table, hour, label, counters);

    /// <summary>The site's name.</summary>
    public string Site { get; }
    /// <summary>The day in the site's timezone.</summary>
    public DateOnly Day { get; }
    /// <summary>The lattice table.</summary>
    public Table Table { get; }
    /// <summary>Hour of the site's day, 0 to 23; 0 outside the site's own table.</summary>
    public byte Hour { get; }
    /// <summary>The de-identified label, in clear: sealed by the writer unless the table is technical. Empty in the site's own table.</summary>
    public string Label { get; }
    /// <summary>What the block adds.</summary>
    public Counters Counters { get; }
}
