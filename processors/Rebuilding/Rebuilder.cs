using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Processors.Blocks;
using KpTelemetry.Processors.Pipeline;
using KpTelemetry.Processors.Reading;
using KpTelemetry.Schemas.Lattice;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace KpTelemetry.Processors.Rebuilding;

/// <summary>
/// Goes through a rebuild: fold the span again into a generation of its own, compare with the books and with what was
/// counted, add what is higher as late data (docs/adr/0003). Whoever takes it up begins here and comes to the same.
/// </summary>
/// <param name="parts">As of the pipelines that count.</param>
internal sealed class Rebuilder(RebuildLedger ledger, PipelineParts parts, NpgsqlDataSource database, ClickHouseStore store, IBlockStore pending, ILoggerFactory logs)
{
    /// <summary>Decides the plan of a rebuild, where it has none.</summary>
    public async Task<Rebuild> TakeUpAsync(Rebuild rebuild, CancellationToken cancellation)
    {
        if (rebuild.Plan is null)
        {
            var firsts = Enumerable.Range(0, parts.Topic.Partitions).ToDictionary(partition => partition, parts.Source.First);
            await ledger.TakeUpAsync(rebuild, parts.Topic.Id, Version, firsts, cancellation);
            rebuild = await ledger.NextAsync(cancellation) ?? throw new InvalidOperationException("a rebuild that was taken up is not there");
        }

        // Half of the days under one version and half under another would be neither.
        return rebuild.Plan!.FoldVersion == Version ? rebuild : throw new RebuildFailedException("the way of counting has changed since it began: begin another one");
    }

    /// <summary>Runs a rebuild that has a plan to its end. Throws <see cref="RebuildFailedException"/> where it cannot come to one.</summary>
    public async Task RunAsync(Rebuild rebuild, CancellationToken cancellation)
    {
        var folded = new GenerationLedger(database, (block, token) => ledger.TellAsync(rebuild, block, token));
        // The health of its carrier is nobody's: counting does not wait for a rebuild.
        var carrier = new BlockCarrier(new BlockProtocol(folded, pending), parts.Time, new ProcessorHealth(), logs.CreateLogger<BlockCarrier>());
        foreach (var span in rebuild.Plan!.Spans)
            await FoldAsync(rebuild, span, carrier, cancellation);
        if (rebuild.Plan.IsWhole)
            CompareBooks(await ledger.BooksAsync(rebuild, cancellation), folded.Books);
        await ledger.CompareAsync(rebuild, cancellation);
        var additions = await CompareAsync(rebuild, folded, cancellation);
        await AddAsync(rebuild, additions, folded, cancellation);
        await ledger.EndAsync(rebuild, problem: null, cancellation);
    }

    private int Version => PartitionFold.VersionOf(parts.Reference);

    private async Task FoldAsync(Rebuild rebuild, Span span, BlockCarrier carrier, CancellationToken cancellation)
    {
        var claimed = new ClaimedPartition(new Claim(rebuild.Id, span.Partition, Epoch: 0), span.From, span.From, FoldStart.Empty, [], OpenThrough: null);
        using var partition = new PartitionFold(parts.Reference, claimed.Start, parts.Policies);
        using var groups = new GroupFolding(parts.Keys);
        await using var reading = new SpanReading(parts.Source.Read(span.Partition, span.From), span.To);
        var blocks = new BlockCutter(parts, claimed, partition, groups, reading, new Generation(rebuild.Generation, rebuild.Plan!.LogDay));
        for (var next = span.From; next < span.To;)
        {
            var block = await blocks.NextAsync(cancellation);
            await carrier.CarryAsync(block, cancellation);
            next = block.NextOffset;
        }
    }

    private static void CompareBooks(IReadOnlyDictionary<(string Site, Outcome Outcome), long> then, IReadOnlyDictionary<(string Site, Outcome Outcome), long> now)
    {
        var differ = then.Keys.Union(now.Keys).Where(key => then.GetValueOrDefault(key) != now.GetValueOrDefault(key)).Select(key => $"{key.Outcome} of {(key.Site.Length == 0 ? "unknown sites" : key.Site)}").ToArray();
        if (differ.Length > 0)
            throw new RebuildFailedException($"the books differ ({string.Join(", ", differ.Order(StringComparer.Ordinal)).ToLowerInvariant()}): nothing was published");
    }

    private async Task<List<DayDifference>> CompareAsync(Rebuild rebuild, GenerationLedger folded, CancellationToken cancellation)
    {
        using var cells = new CellReader(store, parts.Keys);
        var additions = new List<DayDifference>();
        foreach (var day in await ledger.CountedAsync(rebuild, parts.Topic.Id, [.. folded.Days.Keys], cancellation))
        {
            var read = await cells.ReadAsync(day.Site, day.Day, rebuild.Generation, day.Attempts, folded.Attempts, cancellation);
            var isForgotten = folded.Days.GetValueOrDefault((day.Site, day.Day)) is { IsForgotten: true };
            var findings = await FindingsAsync(day, read, isForgotten, additions, cancellation);
            await ledger.WriteAsync(rebuild, findings, cancellation);
        }

        return additions;
    }

    private async Task<IReadOnlyList<Finding>> FindingsAsync(CountedDay day, DayCells cells, bool isForgotten, List<DayDifference> additions, CancellationToken cancellation)
    {
        if (day.IsPart)
            return [new Finding(day.Site, day.Day, Table.Site, "part")];
        if (cells.Counted is null || day.LogDays.Any(logDay => parts.Keys.Find(KeyNames.Pending(logDay)) is null))
            return await BesidePublishedAsync(day, cells.Rebuilt, cancellation);
        // Whoever came again after that counts twice in the difference: k of it could be fewer people.
        if (isForgotten)
            return [new Finding(day.Site, day.Day, Table.Site, "part")];
        var difference = DayComparison.Compare(day.Site, day.Day, cells.Counted, cells.Rebuilt);
        long? block = difference.Additions.Count > 0 ? additions.Count : null;
        if (block is not null)
            additions.Add(difference);
        var moved = difference.Additions.Select(cell => cell.Table).ToHashSet();
        return [.. difference.Tables.OrderBy(table => table.Key.Id).Select(table => new Finding(day.Site, day.Day, table.Key, table.Value.ToString().ToLowerInvariant(), moved.Contains(table.Key) ? block : null))];
    }

    // What had vouched for the published figures is gone: told, and nothing is added.
    private async Task<IReadOnlyList<Finding>> BesidePublishedAsync(CountedDay day, Dictionary<CellPlace, Counters> rebuilt, CancellationToken cancellation)
    {
        var published = await ledger.PublishedAsync(day.Site, day.Day, cancellation) ?? default;
        var total = default(Counters);
        foreach (var (place, counters) in rebuilt)
        {
            if (place.Table == Table.Site)
                total.Add(counters);
        }

        long[] gains = [total.Requests - published.Requests, total.Visitors - published.Visitors, total.PageViews - published.PageViews];
        var outcome = gains.Any(gain => gain < 0) ? "ended-lower" : gains.Any(gain => gain > 0) ? "ended-higher" : "ended-equal";
        var labels = PublishedComparison.Compare(await new PublishedReader(database, store).ReadAsync(day.Site, day.Day, cancellation), rebuilt);
        return
        [
            new Finding(day.Site, day.Day, Table.Site, outcome),
            .. labels.OrderBy(table => table.Key.Id).Select(table => new Finding(day.Site, day.Day, table.Key, $"ended-{table.Value.ToString().ToLowerInvariant()}")),
        ];
    }

    private async Task AddAsync(Rebuild rebuild, List<DayDifference> additions, GenerationLedger folded, CancellationToken cancellation)
    {
        var claimed = await parts.Claims.ClaimAsync(new TopicIdentity(rebuild.Id, RebuildLedger.Topic, Partitions: 1), 0, cancellation);
        for (var number = (int)claimed.NextOffset; number < additions.Count; number++)
        {
            var (site, day) = (additions[number].Additions[0].Site, additions[number].Additions[0].Day);
            var import = ImportOf(rebuild, site);
            var isLast = number + 1 == additions.Count || additions[number + 1].Additions[0].Site != site;
            if (isLast)
                await ledger.RegisterAsync(import, site, cancellation);
            var block = BlockOf(rebuild, claimed.Claim, number, additions[number].Additions, folded.Days[(site, day)], isLast ? [new ImportEnd(import, site, ReceivedMs: 0)] : []);
            if (!await parts.Carrier.CarryAsync(block, cancellation))
                throw new IOException("another process has taken the rebuild up");
        }
    }

    private Block BlockOf(Rebuild rebuild, Claim claim, int number, IReadOnlyList<Cell> cells, FoldedDay folded, IReadOnlyList<ImportEnd> ends) => new()
    {
        Claim = claim,
        FirstOffset = number,
        LastOffset = number,
        FoldVersion = Version,
        Digest = PendingRows.Digest(cells, parts.Keys.GetOrCreate(KeyNames.Pending(rebuild.Plan!.LogDay))),
        Content = new BlockContent
        {
            Cells = cells,
            Books = [],
            Rejected = [],
            Covered = [],
            Days = [folded.Day],
            Policies = folded.Policies,
            ImportEnds = ends,
            Access = [],
            LogDay = rebuild.Plan.LogDay,
            // Neither closes a day: both are long before any.
            WatermarkMs = 0,
            StateFrom = null,
            Rows = 0,
        },
        ReplayFrom = 0,
    };

    private static Guid ImportOf(Rebuild rebuild, string site) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"{rebuild.Id:n}/{site}")).AsSpan(0, 16), bigEndian: true);
}
