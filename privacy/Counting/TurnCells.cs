using System.Globalization;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Privacy.Counting;

/// <summary>Numbers of the cells that values of a group have on the site day at hand: looked up once a turn.</summary>
internal sealed class TurnCells
{
    private const int FirstStatus = 100, LastStatus = 599;

    private readonly CachedCell[] _statusCells = new CachedCell[LastStatus + 2];
    private int _humanCell, _botCell;
    private int _turn;
    private CellTable _cells = null!;
    private SiteStamp _site = null!;
    private GroupValues _values = null!;

    /// <summary>Starts on a site day.</summary>
    public void TurnTo(int turn, SiteDay day, SiteStamp site, GroupValues values)
    {
        (_turn, _cells, _site, _values) = (turn, day.Cells, site, values);
        (_humanCell, _botCell) = (_cells.Find(Table.Agent, "human"), _cells.Find(Table.Agent, "bot"));
    }

    /// <summary>Finds the cells of a pair of address and agent.</summary>
    public void Resolve(ref Pair pair, int turn)
    {
        pair.Turn = turn;
        if (!pair.Class.IsHuman)
        {
            pair.Bot = _cells.Find(Table.Bot, pair.Class.Bot!);
            return;
        }

        pair.Labels = new AgentCells
        {
            Browser = _cells.Find(Table.Browser, pair.Class.Browser),
            Os = _cells.Find(Table.Os, pair.Class.Os),
            Device = _cells.Find(Table.Device, pair.Class.Device),
            Country = _cells.Find(Table.Country, _values.CountryOf(pair.Address)),
        };
    }

    public int Agent(AgentClass agent) => agent.IsHuman ? _humanCell : _botCell;

    public int Status(int status)
    {
        var isKnown = status is >= FirstStatus and <= LastStatus;
        ref var cached = ref _statusCells[isKnown ? status : LastStatus + 1];
        if (cached.Turn != _turn)
            cached = Cached(Table.Status, isKnown ? status.ToString(CultureInfo.InvariantCulture) : Labels.Other);
        return cached.Cell;
    }

    public int Method(int method)
    {
        ref var cached = ref _values[method].MethodCell;
        if (cached.Turn != _turn)
            cached = Cached(Table.Method, _values.MethodOf(method));
        return cached.Cell;
    }

    public int Page(int path)
    {
        ref var cached = ref _values[path].PageCell;
        if (cached.Turn != _turn)
            cached = Cached(Table.Page, _values.PageOf(path));
        return cached.Cell;
    }

    public int Referrer(int referrer)
    {
        ref var cached = ref _values[referrer].ReferrerCell;
        if (cached.Turn != _turn)
            cached = Cached(Table.Referrer, _values.ReferrerOf(referrer, _site));
        return cached.Cell;
    }

    /// <summary>The source of a visit that begins with that referrer and campaign, of which the campaign goes first.</summary>
    public int Source(int referrer, int campaign)
    {
        if (campaign != 0)
            return _cells.Find(Table.Source, Labels.Campaign);
        ref var cached = ref _values[referrer].SourceCell;
        if (cached.Turn != _turn)
            cached = Cached(Table.Source, _values.SourceOf(referrer, _site));
        return cached.Cell;
    }

    public int Campaign(int campaign)
    {
        ref var cached = ref _values[campaign].CampaignCell;
        if (cached.Turn != _turn)
            cached = Cached(Table.Campaign, _values.CampaignOf(campaign));
        return cached.Cell;
    }

    private CachedCell Cached(Table table, string label) => new() { Turn = _turn, Cell = _cells.Find(table, label) };
}
