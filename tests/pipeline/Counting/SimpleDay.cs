using Google.Protobuf;
using KpTelemetry.Privacy;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Pipeline.Tests.Counting;

internal delegate void ChangeCounters(ref Counters counters);

/// <summary>A site's day of the simple model.</summary>
internal sealed class SimpleDay(Dictionary<CellName, Counters> cells, string site, DateOnly day, TimeZoneInfo zone)
{
    public string Site => site;
    public DateOnly Day => day;
    public TimeZoneInfo Zone => zone;
    public long EndsAtMs { get; } = EndOf(day, zone).ToUnixTimeMilliseconds();
    public long ClosesAtMs => EndsAtMs + (2 * 3_600_000);
    public long TouchedMs { get; set; }
    public Dictionary<string, SimpleVisitor> Visitors { get; } = [];
    public Dictionary<string, int> Vouchers { get; } = [];

    /// <summary>A cell that something is added to.</summary>
    public SimpleCell Add(Table table, string label, byte hour = 0, string? vouchingCell = null) => new(cells, this, new CellName(site, day, table, hour, label), vouchingCell ?? $"{table.Id} {label}");

    /// <summary>1 for the first two of a network on the day.</summary>
    public long Vouch(SimpleVisitor visitor, string what) => Add(Table.Site, "", vouchingCell: "day").Vouch(visitor, what);

    public SimpleVisitor VisitorOf(string name, TestEvent told, Dictionary<Table, string> labels)
    {
        if (!Visitors.TryGetValue(name, out var visitor))
            Visitors.Add(name, visitor = new SimpleVisitor(this, name, NetworkOf(told.Address), labels));
        return visitor;
    }

    public void AddToPair(Table table, string first, string second, SimpleVisitor? visitor, long? entering)
    {
        var cell = Add(table, Labels.Pair(first, second));
        var known = cell.KnownIn(visitor);
        cell.Change((ref Counters c) => (c.PageViews, c.CappedViews) = (c.PageViews + 1, c.CappedViews + (known?.Take(cell.Key, "views", 1, 20) ?? 0)));
        cell.AddFirst(known, entering);
    }

    // Zones that change at midnight have days that begin at one o'clock.
    private static DateTimeOffset EndOf(DateOnly day, TimeZoneInfo zone)
    {
        var end = new DateTimeOffset(TimeZoneInfo.ConvertTimeToUtc(day.ToDateTime(new TimeOnly(12, 0)), zone));
        while (TimeZoneInfo.ConvertTime(end, zone).Day == day.Day)
            end = end.AddMinutes(15);
        return end;
    }

    private static string NetworkOf(string address) => address.Contains(':') ? string.Join(':', address.Split(':')[..3]) : string.Join('.', address.Split('.')[..3]);
}

/// <summary>A cell of the simple model, and what it needs to be added to.</summary>
internal sealed class SimpleCell(Dictionary<CellName, Counters> cells, SimpleDay day, CellName name, string vouchingCell)
{
    public string Key => vouchingCell;

    public void Change(ChangeCounters change)
    {
        var counters = cells.GetValueOrDefault(name);
        change(ref counters);
        cells[name] = counters;
    }

    /// <summary>1 for the first two of a network.</summary>
    public long Vouch(SimpleVisitor visitor, string what)
    {
        var key = $"{vouchingCell}|{visitor.Network}|{what}";
        day.Vouchers[key] = day.Vouchers.GetValueOrDefault(key) + 1;
        return day.Vouchers[key] <= 2 ? 1 : 0;
    }

    /// <summary>The visitor, unless they are in too many cells already to be known in another.</summary>
    public SimpleVisitor? KnownIn(SimpleVisitor? visitor) =>
        visitor is not null && (visitor.Cells.Contains(vouchingCell) || visitor.Cells.Count < 2000) && (visitor.Cells.Add(vouchingCell) || true) ? visitor : null;

    /// <param name="entering">Whether one who enters the table by this label vouches on the day; null for who has entered before.</param>
    public void AddFirst(SimpleVisitor? known, long? entering)
    {
        if (known is not null && known.First(vouchingCell, "viewer"))
            AddVisitor(known, isViewer: true, Vouch(known, "visitor"), null);
        if (entering is { } vouches)
            Change((ref Counters c) => (c.Entered, c.VouchedEntered) = (c.Entered + 1, c.VouchedEntered + vouches));
    }

    public void AddVisitor(SimpleVisitor visitor, bool isViewer, long vouched, long? entering) => Change((ref Counters c) =>
    {
        if (visitor.Age == 1)
            (c.NewVisitors, c.VouchedNew) = (c.NewVisitors + 1, c.VouchedNew + Vouch(visitor, "new"));
        if (visitor.Age > 1)
            c.VouchedReturning += Vouch(visitor, "returning");
        (c.Visitors, c.Vouched) = (c.Visitors + 1, c.Vouched + vouched);
        if (isViewer)
            (c.Viewers, c.VouchedViewers) = (c.Viewers + 1, c.VouchedViewers + vouched);
        if (entering is { } vouches)
            (c.Entered, c.VouchedEntered) = (c.Entered + 1, c.VouchedEntered + vouches);
    });
}

/// <summary>A visitor of a day.</summary>
internal sealed class SimpleVisitor(SimpleDay day, string name, string network, Dictionary<Table, string> labels)
{
    private readonly HashSet<string> _marks = [];
    private readonly Dictionary<string, long> _used = [];

    public SimpleDay Day => day;
    public string Name => name;
    public string Network => network;
    public Dictionary<Table, string> Labels => labels;
    public uint Age { get; set; }
    public HashSet<string> Cells { get; } = [];
    public List<SimpleVisit> Visits { get; } = [];

    public bool First(string cell, string what) => _marks.Add($"{cell}|{what}");

    /// <summary>What of an amount a visitor's share of a sum has room for.</summary>
    public long Take(string cell, string what, long amount, long most)
    {
        var used = _used.GetValueOrDefault($"{cell}|{what}");
        _used[$"{cell}|{what}"] = Math.Min(most, used + amount);
        return Math.Min(most, used + amount) - used;
    }

    public void Begin(SimpleView view)
    {
        Visits.Add(new SimpleVisit(this, view));
        if (Visits.Count > 4)
            Visits.MinBy(visit => visit.FirstMs)!.Close();
    }
}

/// <summary>A page view on its way into a visit.</summary>
internal sealed record SimpleView(long AtMs, string Page, string Source, string Campaign, long ReceivedMs, ByteString Import);
