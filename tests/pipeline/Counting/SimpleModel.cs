using System.Net;
using KpTelemetry.Pipeline.Tests;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>
/// The counting rules written down as simply as can be, without a thought of speed: sets of strings, one event after the
/// other. What the fold is compared with.
/// </summary>
internal sealed class SimpleModel
{
    private readonly HashSet<string> _seen = [];
    private readonly Dictionary<string, int> _networks = [];
    private readonly HashSet<(ByteKey Instance, ulong Sequence)> _groups = [];
    private readonly HashSet<(ByteKey Source, long Position)> _positions = [];

    public Dictionary<CellName, Counters> Cells { get; } = [];
    public long Counted { get; private set; }
    public long Duplicates { get; private set; }
    public long Refused { get; private set; }

    public void Add(TestGroup group)
    {
        if (!_groups.Add((new ByteKey(group.Header.Instance), group.Header.Sequence)) || group.Header.Kind != GroupKind.Telemetry)
            return;
        var covered = new List<(ByteKey, long)>();
        foreach (var told in group.Events)
        {
            var place = (new ByteKey(group.Header.File?.Source), told.Position);
            if (group.Header.File is not null && _positions.Contains(place))
                Duplicates++;
            else if (told.Reason != Reason.None || group.Site is null)
                Refused++;
            else
                Count(group.Site, told);
            covered.Add(place);
        }

        // Only positions of events matter to later events.
        if (group.Header.File is not null)
            _positions.UnionWith(covered);
    }

    private void Count(SiteStamp site, TestEvent told)
    {
        Counted++;
        var local = TimeZoneInfo.ConvertTime(told.At, TimeZoneInfo.FindSystemTimeZoneById(site.Timezone));
        var (day, hour) = (DateOnly.FromDateTime(local.DateTime), (byte)local.Hour);
        var agent = Lists.Reference.AgentClassifier.Classify(told.Agent);
        var isPixel = told.Flags.HasFlag(EventFlags.Pixel);
        var isView = agent.IsHuman && PageViews.IsPage(System.Text.Encoding.UTF8.GetBytes(told.Path))
            && (isPixel ? told.Event.Length == 0 : told.Method == "GET" && (told.Status is >= 200 and < 300 or 304));
        var amount = new Counters { Requests = 1, Bytes = told.Bytes, Errors = told.Status >= 400 ? 1 : 0 };

        if (told.Status != 0)
            Add(Table.Status, 0, told.Status is >= 100 and <= 599 ? told.Status.ToString() : Labels.Other, amount);
        if (told.Method.Length > 0)
            Add(Table.Method, 0, told.Method is "GET" or "POST" or "HEAD" ? told.Method : Labels.Other, amount);
        Add(Table.Agent, 0, agent.IsHuman ? "human" : "bot", amount);
        if (!agent.IsHuman)
        {
            Add(Table.Bot, 0, agent.Bot!, amount);
            Add(Table.Site, hour, "", amount);
            return;
        }

        amount.PageViews = isView ? 1 : 0;
        var labels = new List<(Table, string)>
        {
            (Table.Browser, agent.Browser), (Table.Os, agent.Os), (Table.Device, agent.Device),
            (Table.Country, Lists.Reference.Countries.Of(IPAddress.TryParse(told.Address, out var address) ? address : null)),
        };
        var visitor = isPixel ? null : $"{told.Address}|{told.Agent}";
        var first = visitor is not null && _seen.Add($"{site.Name}|{day}|visitor|{visitor}");
        var firstView = visitor is not null && isView && _seen.Add($"{site.Name}|{day}|viewer|{visitor}");
        var ofDay = With(default, "day", first, firstView);
        Add(Table.Site, hour, "", Entering(With(amount, "hour", first, firstView), first, ofDay.Vouched) with { Vouched = ofDay.Vouched, VouchedViewers = ofDay.VouchedViewers });
        foreach (var (table, label) in labels)
            Add(table, 0, label, Entering(With(amount, $"{table.Id}|{label}", first, firstView), first, ofDay.Vouched));
        if (!isView)
            return;
        foreach (var (table, label) in new[]
        {
            (Table.Page, PageLabel.Of(System.Text.Encoding.UTF8.GetBytes(told.Path))),
            (Table.Referrer, ReferrerLabel.Of(System.Text.Encoding.UTF8.GetBytes(told.Referrer), site.Hosts)),
        })
        {
            var firstHere = visitor is not null && _seen.Add($"{site.Name}|{day}|{table.Id}|{label}|{visitor}");
            Add(table, 0, label, Entering(With(amount, $"{table.Id}|{label}", firstHere, firstHere), firstView, ofDay.VouchedViewers));
        }

        void Add(Table table, byte at, string label, Counters counters)
        {
            var name = new CellName(site.Name, day, table, at, label);
            var sum = Cells.GetValueOrDefault(name);
            sum.Add(counters);
            Cells[name] = sum;
        }

        // Who enters a table vouches by the site's day, whatever the label.
        static Counters Entering(Counters counters, bool enters, long vouches) => enters ? counters with { Entered = 1, VouchedEntered = vouches } : counters;

        Counters With(Counters counters, string cell, bool first, bool firstView)
        {
            var network = told.Address.Contains(':') ? string.Join(':', told.Address.Split(':')[..3]) : string.Join('.', told.Address.Split('.')[..3]);
            if (first)
                (counters.Visitors, counters.Vouched) = (1, Vouch($"{site.Name}|{day}|{cell}|v|{network}"));
            if (firstView)
                (counters.Viewers, counters.VouchedViewers) = (1, Vouch($"{site.Name}|{day}|{cell}|w|{network}"));
            return counters;
        }
    }

    private int Vouch(string network)
    {
        _networks[network] = _networks.GetValueOrDefault(network) + 1;
        return _networks[network] <= 2 ? 1 : 0;
    }

    internal readonly record struct ByteKey(Google.Protobuf.ByteString? Bytes);
}
