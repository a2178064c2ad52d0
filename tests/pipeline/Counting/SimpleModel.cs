using System.Net;
using System.Text;
using Google.Protobuf;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>
/// The counting rules written down as simply as can be, without a thought of speed: sets and lists, one event after the
/// other. What the fold is compared with.
/// </summary>
internal sealed class SimpleModel
{
    private readonly SimpleClock _clock = new();
    private readonly HashSet<(ByteString Source, long Position)> _positions = [];
    private readonly HashSet<(string Site, string Nonce, ulong Counter)> _numbers = [];
    private readonly List<SimpleDay> _days = [];

    public Dictionary<CellName, Counters> Cells { get; } = [];
    public long Counted { get; private set; }
    public long Duplicates { get; private set; }
    public long Refused { get; private set; }

    public void Add(params IEnumerable<TestGroup> groups)
    {
        foreach (var group in groups)
            Add(group);
    }

    private void Add(TestGroup group)
    {
        var header = group.Header;
        if (!_clock.Observe(header))
            return;
        EndWhatIsOver();
        if (header.Kind is GroupKind.EndOfImport or GroupKind.EndingImport)
            Visits(Ending(header)).Where(visit => EndsWith(visit, header)).OrderBy(visit => visit.FirstMs).ToList().ForEach(visit => visit.Close());
        if (header.Kind == GroupKind.Telemetry)
            AddRows(group);
    }

    private void EndWhatIsOver()
    {
        Visits(_days).Where(visit => visit.FinalAtMs <= _clock.WatermarkMs).OrderBy(visit => visit.FirstMs).ToList().ForEach(visit => visit.Close());
        foreach (var day in _days.Where(day => Math.Max(day.ClosesAtMs, day.TouchedMs) + (48 * 3_600_000L) <= _clock.WatermarkMs).ToArray())
        {
            Visits([day]).OrderBy(visit => visit.FirstMs).ToList().ForEach(visit => visit.Close());
            _days.Remove(day);
        }
    }

    private IEnumerable<SimpleDay> Ending(GroupHeader header)
    {
        var days = _days.Where(day => day.Site == header.File.Site.Name).OrderBy(day => day.EndsAtMs).ToList();
        return header.Kind == GroupKind.EndOfImport ? _days : days.Where(day => day.Day.DayNumber % header.File.Parts < header.File.Part);
    }

    private static bool EndsWith(SimpleVisit visit, GroupHeader end) =>
        visit.Import == end.File.Import || (!visit.Import.IsEmpty && visit.Day.Site == end.File.Site.Name && visit.Day.EndsAtMs <= end.ReceivedToMs);

    private static IEnumerable<SimpleVisit> Visits(IEnumerable<SimpleDay> days) => days.SelectMany(day => day.Visitors.Values).SelectMany(visitor => visitor.Visits);

    private void AddRows(TestGroup group)
    {
        var covered = new List<(ByteString, long)>();
        foreach (var told in group.Events)
        {
            var isOfFile = group.Header.File is not null;
            var place = (group.Header.File?.Source ?? ByteString.Empty, told.Position);
            var site = told.Of ?? group.Site;
            var isRefused = told.Reason != Reason.None || site is null;
            if (isOfFile && _positions.Contains(place))
                Duplicates++;
            else if (isRefused || (told.Nonce.Length > 0 && told.At.ToUnixTimeMilliseconds() < Math.Max(group.Header.ReceivedToMs, _clock.WatermarkMs) - (48 * 3_600_000L)))
                Refused++;
            else if (told.Nonce.Length > 0 && !_numbers.Add((site!.Name, told.Nonce, told.Counter)))
            {
                Duplicates++;
                if (Living(site, told) is { } day)
                    day.TouchedMs = Math.Max(day.TouchedMs, group.Header.ReceivedToMs);
            }
            else
                Count(site!, told, group.Header);
            covered.Add(place);
        }

        // Only positions of events matter to later events.
        if (group.Header.File is not null)
            _positions.UnionWith(covered);
    }

    private void Count(SiteStamp site, TestEvent told, GroupHeader header)
    {
        Counted++;
        var zone = TimeZoneInfo.FindSystemTimeZoneById(site.Timezone);
        var local = TimeZoneInfo.ConvertTime(told.At, zone);
        var day = Living(site, told);
        if (day is null)
            _days.Add(day = new SimpleDay(Cells, site.Name, DateOnly.FromDateTime(local.DateTime), zone));
        day.TouchedMs = Math.Max(day.TouchedMs, header.ReceivedToMs);
        var agent = Lists.Reference.AgentClassifier.Classify(told.Agent);
        var isPixel = told.Flags.HasFlag(EventFlags.Pixel);
        var isView = agent.IsHuman && PageViews.IsPage(Encoding.UTF8.GetBytes(told.Path))
            && (isPixel ? told.Event.Length == 0 : told.Method == "GET" && (told.Status is >= 200 and < 300 or 304));

        if (told.Status != 0)
            AddAmount(day.Add(Table.Status, told.Status is >= 100 and <= 599 ? told.Status.ToString() : Labels.Other));
        if (told.Method.Length > 0)
            AddAmount(day.Add(Table.Method, told.Method is "GET" or "POST" or "HEAD" ? told.Method : Labels.Other));
        AddAmount(day.Add(Table.Agent, agent.IsHuman ? "human" : "bot"));
        if (!agent.IsHuman)
        {
            AddAmount(day.Add(Table.Bot, agent.Bot!));
            AddAmount(day.Add(Table.Site, "", (byte)local.Hour));
            return;
        }

        var labels = new Dictionary<Table, string>
        {
            [Table.Browser] = agent.Browser,
            [Table.Os] = agent.Os,
            [Table.Device] = agent.Device,
            [Table.Country] = Lists.Reference.Countries.Of(IPAddress.TryParse(told.Address, out var address) ? address : null),
        };
        var visitor = (told.Client, isPixel) switch
        {
            ("", true) => null,
            ("", false) => day.VisitorOf($"pair {told.Address} {told.Agent}", told, labels),
            _ => day.VisitorOf($"client {told.Client}", told, labels),
        };
        if (visitor is { Age: 0 })
            visitor.Age = told.ClientAge;
        var isFirst = visitor?.First("day", "visitor") ?? false;
        var isFirstView = isView && (visitor?.First("day", "viewer") ?? false);
        var vouches = isFirst ? day.Vouch(visitor!, "visitor") : 0;
        var vouchesAsViewer = isFirstView ? day.Vouch(visitor!, "viewer") : 0;
        var cappedRequests = visitor?.Take("day", "requests", 1, 200) ?? 0;
        var cappedViews = isView ? visitor?.Take("day", "views", 1, 20) ?? 0 : 0;
        foreach (var (table, label) in (visitor?.Labels ?? labels).Append(new(Table.Site, "")))
        {
            var cell = table == Table.Site ? day.Add(table, "", (byte)local.Hour, vouchingCell: "day") : day.Add(table, label);
            AddAmount(cell, views: isView ? 1 : 0, cappedRequests, cappedViews);
            var isSite = table == Table.Site;
            if (isFirst)
                cell.AddVisitor(visitor!, isViewer: false, isSite ? vouches : cell.Vouch(visitor!, "visitor"), vouches);
            if (isFirstView)
                cell.Change((ref Counters c) => (c.Viewers, c.VouchedViewers) = (c.Viewers + 1, c.VouchedViewers + vouchesAsViewer));
        }

        if (!isView)
            return;
        var page = PageLabel.Of(Encoding.UTF8.GetBytes(told.Path));
        var referrer = ReferrerLabel.Of(Encoding.UTF8.GetBytes(told.Referrer), site.Hosts);
        foreach (var cell in new[] { day.Add(Table.Page, page), day.Add(Table.Referrer, referrer) })
        {
            var known = cell.KnownIn(visitor);
            AddAmount(cell, views: 1, known?.Take(cell.Key, "requests", 1, 200) ?? 0, known?.Take(cell.Key, "views", 1, 20) ?? 0);
            cell.AddFirst(known, isFirstView ? vouchesAsViewer : null);
        }

        day.AddToPair(Table.PageDevice, page, visitor is null ? agent.Device : visitor.Labels[Table.Device], visitor, isFirstView ? vouchesAsViewer : null);
        if (visitor is not null)
            AddToVisit(day, visitor, told, page, referrer, header);

        void AddAmount(SimpleCell cell, int views = 0, long cappedRequests = 0, long cappedViews = 0) => cell.Change((ref Counters c) =>
        {
            (c.Requests, c.Bytes, c.Errors) = (c.Requests + 1, c.Bytes + told.Bytes, c.Errors + (told.Status >= 400 ? 1 : 0));
            (c.PageViews, c.CappedRequests, c.CappedViews) = (c.PageViews + views, c.CappedRequests + cappedRequests, c.CappedViews + cappedViews);
        });
    }

    private void AddToVisit(SimpleDay day, SimpleVisitor visitor, TestEvent told, string page, string referrer, GroupHeader header)
    {
        var view = new SimpleView(
            told.At.ToUnixTimeMilliseconds(), page,
            told.Campaign.Length > 0 ? Labels.Campaign : referrer[0] == '/' ? Labels.Direct : referrer, told.Campaign.Length > 0 ? told.Campaign : Labels.None,
            header.ReceivedToMs, header.File?.Import ?? ByteString.Empty);
        var before = _days.Find(other => other.Site == day.Site && other.Day == day.Day.AddDays(-1));
        var earlier = before is not null && view.AtMs <= before.EndsAtMs + (85 * 60_000) ? before.Visitors.GetValueOrDefault(visitor.Name) : null;
        if ((Accepting(visitor) ?? Accepting(earlier)) is { } visit)
            visit.Join(view);
        else
            visitor.Begin(view);

        SimpleVisit? Accepting(SimpleVisitor? of) => of?.Visits.Where(open => open.Accepts(view.AtMs)).MinBy(open => open.FirstMs);
    }

    private SimpleDay? Living(SiteStamp site, TestEvent told) => _days.Find(known =>
        known.Site == site.Name && known.Day == DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(told.At, TimeZoneInfo.FindSystemTimeZoneById(site.Timezone)).DateTime));
}
