using System.Net;
using System.Runtime.InteropServices;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Privacy.Counting;

/// <summary>What the values of one group come to, found once per distinct value, or pair of address and agent, whatever the number of rows.</summary>
internal sealed class GroupValues(ReferenceData reference)
{
    private static readonly HashSet<string> KnownMethods = new(StringComparer.Ordinal)
    {
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PROPFIND",
    };

    private const int LongestCampaign = 100;

    private readonly Dictionary<ulong, int> _pairs = [];
    private EventBatchReader _batch = null!;
    private ValueState[] _states = [];
    private string[] _patterns = [];
    private DeclaredRoutes? _routes;
    private Pair[] _pairStates = new Pair[64];
    private Person[] _clients = new Person[64];
    private int _clientCount;

    /// <summary>Starts on a group's batch.</summary>
    public void Reset(EventBatchReader batch)
    {
        _batch = batch;
        if (_states.Length < batch.Values)
            _states = new ValueState[batch.Values];
        else
            Array.Clear(_states, 0, batch.Values);
        _pairs.Clear();
        _clientCount = 0;
    }

    /// <summary>The state of a value, where callers keep what they found for it.</summary>
    public ref ValueState this[int value] => ref _states[value];

    /// <summary>The pair of an address and an agent.</summary>
    public ref Pair PairOf(int address, int agent)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs, ((ulong)(uint)address << 32) | (uint)agent, out var exists);
        if (exists)
            return ref _pairStates[number];
        number = _pairs.Count - 1;
        if (number == _pairStates.Length)
            Array.Resize(ref _pairStates, number * 2);
        _pairStates[number] = new Pair { Address = address, Class = ClassOf(agent), Person = new Person { Address = address, Agent = agent } };
        return ref _pairStates[number];
    }

    /// <summary>The visitor whom the id of a cookie or an installation tells.</summary>
    public ref Person ClientOf(int client)
    {
        ref var number = ref _states[client].Client;
        if (number != 0)
            return ref _clients[number - 1];
        if (_clientCount == _clients.Length)
            Array.Resize(ref _clients, _clientCount * 2);
        number = ++_clientCount;
        _clients[number - 1] = new Person { Client = client };
        return ref _clients[number - 1];
    }

    /// <summary>The run of a client.</summary>
    public UInt128 RunOf(VisitorHasher hasher, ReadOnlySpan<byte> site, int nonce) => hasher.Run(site, _batch.Value(nonce));

    /// <summary>Whether the path names a page.</summary>
    public bool IsPage(int path)
    {
        ref var state = ref _states[path];
        if (state.Page == PageKind.NotAsked)
            state.Page = PageViews.IsPage(_batch.Value(path)) ? PageKind.Page : PageKind.Asset;
        return state.Page == PageKind.Page;
    }

    public bool IsGet(int method) => _batch.Value(method).SequenceEqual("GET"u8);

    /// <summary>Names pages by the routes of that site from here on.</summary>
    public void ReadFor(SiteStamp site)
    {
        if (_patterns.SequenceEqual(site.Routes))
            return;
        (_patterns, _routes) = ([.. site.Routes], DeclaredRoutes.Of(site.Routes));
        for (var value = 0; value < _batch.Values; value++)
            _states[value].PageLabel = null;
    }

    public string PageOf(int path) => _states[path].PageLabel ??= PageLabel.Of(_batch.Value(path), _routes);

    public string ReferrerOf(int referrer, SiteStamp site) => ReferrerLabel.Of(_batch.Value(referrer), site.Hosts, _routes);

    public string MethodOf(int method) => KnownMethods.Contains(_batch.Text(method)) ? _batch.Text(method) : Labels.Other;

    public string CountryOf(int address)
    {
        ref var state = ref _states[address];
        return state.Country ??= reference.Countries.Of(Parse(address));
    }

    /// <summary>Where a visit came from that began with that referrer.</summary>
    public string SourceOf(int referrer, SiteStamp site) => ReferrerOf(referrer, site) is var label && label.StartsWith('/') ? Labels.Direct : label;

    /// <summary>The door lets through the campaigns of a list; what could be mistaken for a label of ours is none of them.</summary>
    public string CampaignOf(int campaign) =>
        campaign == 0 ? Labels.None
        : _batch.Text(campaign) is { Length: <= LongestCampaign } text && text[0] != '(' && !text.Any(char.IsControl) ? text : Labels.Unknown;

    public UInt128 KeyOf(VisitorHasher hasher, ReadOnlySpan<byte> site, in Person person) => person.Client != 0
        ? hasher.Client(site, _batch.Value(person.Client))
        : hasher.Visitor(site, _batch.Value(person.Address), _batch.Value(person.Agent));

    public UInt128 NetworkOf(VisitorHasher hasher, int address)
    {
        ref var state = ref _states[address];
        if (state.NetworkKey != hasher)
            (state.Network, state.NetworkKey) = (hasher.Network(Parse(address), _batch.Value(address)), hasher);
        return state.Network;
    }

    private AgentClass ClassOf(int agent) => _states[agent].Agent ??= reference.AgentClassifier.Classify(_batch.Text(agent));

    private IPAddress? Parse(int address) =>
        IPAddress.TryParse(_batch.Text(address), out var parsed) ? (parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed) : null;
}

/// <summary>What one value of a group comes to, in each of the columns that it may stand in.</summary>
internal struct ValueState
{
    public AgentClass? Agent;
    public string? PageLabel;
    public string? Country;
    public UInt128 Network;
    public VisitorHasher? NetworkKey;
    public PageKind Page;
    /// <summary>The number of the visitor whose id this is, plus one.</summary>
    public int Client;
    /// <summary>Cells of this value as a path, a referrer, a source, a campaign, a method; each valid for one turn on a site day.</summary>
    public CachedCell PageCell, ReferrerCell, SourceCell, CampaignCell, MethodCell;
}

/// <summary>A cell's number, valid while the fold stays on one site day.</summary>
internal struct CachedCell
{
    public int Cell;
    public int Turn;
}

internal enum PageKind : byte
{
    NotAsked,
    Page,
    Asset,
}

/// <summary>A pair of address and agent in a group.</summary>
internal struct Pair
{
    public int Address;
    public AgentClass Class;

    /// <summary>Whom the pair tells where nothing better does.</summary>
    public Person Person;

    /// <summary>The turn for which the cells below are valid.</summary>
    public int Turn;
    public AgentCells Labels;
    public int Bot;
}

/// <summary>Whom rows of a group tell: values of the client, or of address and agent.</summary>
internal struct Person
{
    public int Client, Address, Agent;
    public UInt128 Key;

    /// <summary>The section of the log whose site the key is of.</summary>
    public long Section;

    /// <summary>The turn for which the numbers below are valid.</summary>
    public int Turn;
    /// <summary>The visitor's number on the site day, and on the day before; <see cref="SiteDay.Nobody"/> until it is found.</summary>
    public int Visitor, Before;
}
