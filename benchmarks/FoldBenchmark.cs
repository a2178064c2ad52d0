using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Processors.Reading;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Benchmarks;

/// <summary>
/// From sealed groups to cells, on one core: opening alone, and opening and folding, visits and all. Twenty groups of
/// 10,000 rows over two hours: a third a browser's page views under cookies, numbered by their clients, the others lines
/// of a web log; 20,000 visitors, 400 pages, blocks of 100,000 rows. Figures are per row.
/// </summary>
[MemoryDiagnoser]
[InProcess]
[WarmupCount(2)]
[IterationCount(5)]
public class FoldBenchmark
{
    private const int Groups = 20;
    private const int RowsOfGroup = 10_000;
    private const int Rows = Groups * RowsOfGroup;
    private const int Visitors = 20_000;
    private const int GroupsOfBlock = 10;
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(6);
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 6, 0, 0, TimeSpan.Zero);

    private readonly string _keysDirectory = Directory.CreateTempSubdirectory("kp-fold-benchmark-").FullName;
    private readonly List<LogRecord> _records = [];
    private KeyStore _keys = null!;
    private ReferenceData _reference = null!;
    private GroupOpener _opener = null!;
    private GroupFolding _folding = null!;
    private readonly EventBatchReader _reader = new();
    private readonly ulong[] _counters = new ulong[Visitors];

    [GlobalSetup]
    public void Prepare()
    {
        _keys = KeyStore.Open(_keysDirectory);
        _keys.GetOrCreate("state/2026-01-01");
        _reference = ReferenceData.Load(ReferenceData.DefaultDirectory);
        (_opener, _folding) = (new GroupOpener(_keys), new GroupFolding(_keys));
        using var sealer = new GroupSealer(_keys);
        var random = new Random(1);
        for (var group = 0; group < Groups; group++)
            _records.Add(new LogRecord(group, Seal(sealer, group, Body(random, group))));
    }

    [GlobalCleanup]
    public void End()
    {
        _opener.Dispose();
        _folding.Dispose();
        _reference.Dispose();
        _keys.Dispose();
        Directory.Delete(_keysDirectory, recursive: true);
    }

    /// <summary>Decrypt, decompress, read into columns.</summary>
    [Benchmark(OperationsPerInvoke = Rows)]
    public int Open()
    {
        var rows = 0;
        foreach (var record in _records)
        {
            if (_opener.TryOpen(record.Value.Span, "sealing/2026-01-01", out var body) == OpenResult.Opened && _reader.TryRead(body))
                rows += _reader.Rows;
        }

        return rows;
    }

    /// <summary>The same, and count: labels, visitors, visits, cells, books, blocks.</summary>
    [Benchmark(OperationsPerInvoke = Rows)]
    public long OpenAndFold()
    {
        using var fold = new PartitionFold(_reference, FoldStart.Empty);
        long cells = 0;
        foreach (var record in _records)
        {
            _folding.Fold(fold, record);
            if (record.Offset % GroupsOfBlock == GroupsOfBlock - 1)
                cells += fold.TakeBlock().Cells.Count;
        }

        return cells;
    }

    /// <summary>
    /// The same as processor time of this process, runtime included, which other programs on the machine disturb less than the
    /// clock on the wall; the best of ten runs.
    /// </summary>
    public static int TellProcessorTime()
    {
        var benchmark = new FoldBenchmark();
        benchmark.Prepare();
        var best = (Open: double.MaxValue, Fold: double.MaxValue);
        for (var run = 0; run < 10; run++)
            best = (Math.Min(best.Open, NanosecondsOf(() => benchmark.Open())), Math.Min(best.Fold, NanosecondsOf(() => benchmark.OpenAndFold())));
        var before = GC.GetAllocatedBytesForCurrentThread();
        benchmark.OpenAndFold();
        var allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / Rows;
        benchmark.End();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"open {best.Open:F0} ns; open and fold {best.Fold:F0} ns, {1e9 / best.Fold:N0} events/s a core, {allocated} B an event"));
        return 0;
    }

    private static double NanosecondsOf(Action run)
    {
        var before = Environment.CpuUsage.TotalTime;
        run();
        return (Environment.CpuUsage.TotalTime - before).TotalNanoseconds / Rows;
    }

    private byte[] Body(Random random, int group)
    {
        var writer = new EventBatchWriter(limit: 1024 * 1024);
        var site = new SiteStamp { Name = "sample", Revision = 1, Timezone = "UTC", Policy = "20170913" };
        var section = writer.Section(site);
        for (var row = 0; row < RowsOfGroup; row++)
        {
            // Few visitors and pages make most of the requests, as everywhere.
            var visitor = (int)(Visitors * Math.Pow(random.NextDouble(), 3));
            var page = (int)(400 * Math.Pow(random.NextDouble(), 3));
            var isOfBrowser = visitor % 3 == 0;
            writer.Add(section, new EventRow
            {
                TimeMs = (Start + (Step * group) + (Step * row / RowsOfGroup)).ToUnixTimeMilliseconds(),
                Flags = isOfBrowser ? EventFlags.Pixel : EventFlags.None,
                Client = isOfBrowser ? writer.Value(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cookie-of-thirty-two-characters-{visitor}"))) : 0,
                ClientAge = isOfBrowser ? (uint)(visitor % 14) + 1 : 0,
                Nonce = isOfBrowser ? writer.Value(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"run-of-twenty-two-char-{visitor}"))) : 0,
                Counter = isOfBrowser ? ++_counters[visitor] : 0,
                Address = writer.Value(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"8.{visitor / 250}.{visitor % 250}.7"))),
                Agent = writer.Value(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{visitor % 40}.0) Gecko/20100101 Firefox/{visitor % 40}.0"))),
                Method = isOfBrowser ? 0 : writer.Value("GET"u8),
                Path = writer.Value(Encoding.UTF8.GetBytes(page % 3 == 0 ? $"/assets/style-{page}.css" : $"/articles/topic-{page}/")),
                Referrer = writer.Value(page % 2 == 0 ? "https://www.google.com/"u8 : ""u8),
                Status = isOfBrowser ? 0 : random.Next(20) == 0 ? 404u : 200u,
                Bytes = isOfBrowser ? 0 : (ulong)random.Next(50_000),
            });
        }

        return writer.Finish().ToArray();
    }

    private static byte[] Seal(GroupSealer sealer, int group, byte[] body)
    {
        var received = (Start + (Step * (group + 1))).ToUnixTimeMilliseconds();
        var header = new GroupHeader
        {
            Instance = ByteString.CopyFrom(new byte[16]),
            Sequence = (ulong)group + 1,
            Kind = GroupKind.Telemetry,
            SealingKey = "sealing/2026-01-01",
            StateKey = "state/2026-01-01",
            ReceivedFromMs = received,
            ReceivedToMs = received,
            Rows = RowsOfGroup,
        };
        return sealer.Seal(header.ToByteArray(), header.SealingKey, sealer.Compress(body));
    }
}
