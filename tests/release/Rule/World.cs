using CsCheck;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Release.Tests.Rule;

/// <summary>One human request of a site's day.</summary>
public readonly record struct Request(int Visitor, int Hour, int Page, bool IsView)
{
    public const int Partitions = 2;

    public int Partition => Visitor % Partitions;

    /// <summary>Three visitors share a network, so that not all of them vouch.</summary>
    public int Network => Visitor / (3 * Partitions);

    public string PageLabel => $"/{Page}";

    public string BrowserLabel => $"Browser {Visitor % 5}";
}

/// <summary>A contribution of a visitor to a cell for the first time.</summary>
public sealed record Arrival(int Visitor, int Hour, bool Vouches, bool ViewerVouches);

/// <summary>One block of a partition as the processors would count it, and who is behind it.</summary>
public sealed class Block
{
    public required long Seq { get; init; }
    public SiteCells Site { get; } = new();
    public Dictionary<Table, Dictionary<string, Counters>> Trees { get; } = World.Trees.ToDictionary(t => t, _ => new Dictionary<string, Counters>());
    public List<Arrival> Arrivals { get; } = [];
    public List<(Table Table, string Label, int Visitor, bool Vouches)> TreeArrivals { get; } = [];
    public List<(Table Table, string Label, int Visitor)> Contributors { get; } = [];
}

/// <summary>A site's day: blocks in the order of their commits, where the close falls, and when late data is settled.</summary>
public sealed record World(IReadOnlyList<Block> Blocks, int CloseAfter, IReadOnlyList<int> SettleAfter, bool Stepping)
{
    public static IReadOnlyList<Table> Trees { get; } = [Table.Page, Table.Browser];

    private static readonly Gen<Request> Requests =
        Gen.Select(Gen.Int[0, 119], Gen.Int[0, 23], Gen.Int[0, 9], Gen.Int[0, 9], Gen.Int[0, 3])
            .Select((visitor, hour, page, other, view) => new Request(visitor, hour, Math.Min(page, other), view > 0));

    /// <summary>Worlds about the size at which thresholds bite.</summary>
    public static Gen<World> Any { get; } =
        Gen.Select(Requests.Array[0, 400], Gen.Int[1, 60], Gen.Int[0, 100], Gen.Int[0, 3].Array[0, 8], Gen.Bool)
            .Select((requests, rowsPerBlock, closePercent, settles, stepping) => Build(requests, rowsPerBlock, closePercent, settles, stepping, interleaving: 0));

    /// <summary>The same requests a partition in the same order, cut and interleaved in two ways; closed after all of them.</summary>
    public static Gen<(World, World)> Pairs { get; } =
        Gen.Select(Requests.Array[0, 400], Gen.Int[1, 60], Gen.Int[1, 60], Gen.Bool, Gen.Bool).Select((requests, a, b, stepA, stepB) =>
            (Build(requests, a, 100, [], stepA, interleaving: 0), Build(requests, b, 100, [], stepB, interleaving: 1)));

    private static World Build(Request[] requests, int rowsPerBlock, int closePercent, int[] settles, bool stepping, int interleaving)
    {
        var chunks = requests.GroupBy(r => r.Partition).Select(p => p.Chunk(rowsPerBlock).ToArray()).ToArray();
        var ordered = interleaving == 0
            ? chunks.SelectMany(p => p.Select((chunk, i) => (chunk, i))).OrderBy(c => c.i).Select(c => c.chunk)
            : chunks.Reverse().SelectMany(p => p);
        var counting = new Counting();
        var blocks = ordered.Select((chunk, i) => counting.Count(i + 1, chunk)).ToList();
        var close = blocks.Count * closePercent / 100;
        var settleAfter = settles.Aggregate(new List<int>(), (all, gap) => { all.Add((all.Count == 0 ? close : all[^1]) + gap + 1); return all; });
        return new World(blocks, close, [.. settleAfter.Where(at => at <= blocks.Count)], stepping);
    }

    /// <summary>The simple model of what the processors count, with sets of people instead of counters.</summary>
    private sealed class Counting
    {
        private readonly HashSet<(string Cell, int Visitor)> _seen = [];
        private readonly Dictionary<(string Cell, int Network, int Partition), int> _ofNetwork = [];

        public Block Count(long seq, Request[] requests)
        {
            var block = new Block { Seq = seq };
            foreach (var request in requests)
                Count(block, request);
            return block;
        }

        private void Count(Block block, Request request)
        {
            var (isNew, vouches) = Arrive("site", request);
            var (isViewer, viewerVouches) = request.IsView ? Arrive("site views", request) : default;
            block.Site.AddSite(request.Hour, Counted(request, isNew, vouches, isViewer, viewerVouches));
            block.Site.AddTechnical(Table.Status, request.IsView ? "200" : "404", new Counters { Requests = 1, Bytes = 10, Errors = request.IsView ? 0 : 1 });
            if (isNew || isViewer)
                block.Arrivals.Add(new Arrival(request.Visitor, request.Hour, vouches, viewerVouches));
            if (request.IsView)
                CountTree(block, Table.Page, request.PageLabel, request, viewerVouches);
            CountTree(block, Table.Browser, request.BrowserLabel, request, vouches);
        }

        // Who enters a table vouches by the site's day, whatever the label.
        private void CountTree(Block block, Table table, string label, Request request, bool enteringVouches)
        {
            var (isNew, vouches) = Arrive($"{table.Id} {label}", request);
            var (isViewer, viewerVouches) = request.IsView ? Arrive($"{table.Id} {label} views", request) : default;
            var entered = _seen.Add(($"{table.Id}", request.Visitor));
            var counters = Counted(request, isNew, vouches, isViewer, viewerVouches) with { Entered = entered ? 1 : 0, VouchedEntered = entered && enteringVouches ? 1 : 0 };
            var cells = block.Trees[table];
            var cell = cells.GetValueOrDefault(label);
            cell.Add(counters);
            cells[label] = cell;
            block.Contributors.Add((table, label, request.Visitor));
            if (table.Basis == Basis.Views ? isViewer : isNew)
                block.TreeArrivals.Add((table, label, request.Visitor, table.Basis == Basis.Views ? viewerVouches : vouches));
        }

        private (bool IsNew, bool Vouches) Arrive(string cell, Request request)
        {
            if (!_seen.Add((cell, request.Visitor)))
                return default;
            var key = (cell, request.Network, request.Partition);
            _ofNetwork[key] = _ofNetwork.GetValueOrDefault(key) + 1;
            return (true, _ofNetwork[key] <= 2);
        }

        private static Counters Counted(Request request, bool isNew, bool vouches, bool isViewer, bool viewerVouches) => new()
        {
            Requests = 1,
            CappedRequests = 1,
            Bytes = 10,
            Errors = request.IsView ? 0 : 1,
            PageViews = request.IsView ? 1 : 0,
            CappedViews = request.IsView ? 1 : 0,
            Visitors = isNew ? 1 : 0,
            Vouched = vouches ? 1 : 0,
            Viewers = isViewer ? 1 : 0,
            VouchedViewers = viewerVouches ? 1 : 0,
        };
    }
}
