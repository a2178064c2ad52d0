using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using KpTelemetry.Ingest.Gathering;
using KpTelemetry.Ingest.Parsing;
using KpTelemetry.Ingest.Sending;
using KpTelemetry.Local.Simulator.Logs;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Policies;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Benchmarks;

/// <summary>
/// What a log line costs at the door and after it, on one core: parsing alone; parsing, minimising, routing, gathering and
/// compressing; sealing; opening and reading. Means and allocations are per line.
/// </summary>
[MemoryDiagnoser]
[Config(typeof(Short))]
public class IngestBenchmark
{
    /// <summary>Lines of the generated log: about one request of an import.</summary>
    public const int Lines = 20_000;

    private const int Partitions = 2;
    private const string SealingKey = "sealing/2026-01-31";

    private readonly string _directory = Directory.CreateTempSubdirectory("kp-bench-").FullName;
    private readonly LogLineParser _parser = new();
    private readonly LineSplitter _splitter = new();
    private readonly EventBatchReader _reader = new();
    private readonly byte[] _header = new byte[200];
    private byte[] _log = [];
    private List<Range> _lines = [];
    private KeyStore _keys = null!;
    private LogGathering _gathering = null!;
    private LogRequest _request = null!;
    private GroupSealer _sealer = null!;
    private GroupOpener _opener = null!;
    private List<byte[]> _bodies = [];
    private List<byte[]> _records = [];

    private sealed class Short : ManualConfig
    {
        public Short() => AddJob(Job.ShortRun.WithToolchain(InProcessNoEmitToolchain.Instance));
    }

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        using var log = new MemoryStream();
        var start = new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);
        await new GeneratedLog("kp.org", Lines, start, start.AddDays(1), Seed: 1).WriteAsync(log);
        _log = log.ToArray();
        _lines = [];
        for (var at = 0; at < _log.Length;)
        {
            var end = at + _log.AsSpan(at).IndexOf((byte)'\n');
            _lines.Add(at..end);
            at = end + 1;
        }

        _keys = KeyStore.Open(_directory);
        _gathering = new LogGathering(_keys, Partitions, static _ => Reason.None);
        _sealer = new GroupSealer(_keys);
        _opener = new GroupOpener(_keys);
        _request = new LogRequest(new SiteStamp { Name = "kp.org", Revision = 1, Timezone = "UTC", Policy = "20170913" }, LogFormat.Combined, start.AddYears(1).ToUnixTimeMilliseconds(), PolicyBook.BuiltIn.Values, "state/2026-01-31", null, 0);
        _bodies = [.. Gather().Select(group => group.Body!)];
        _records = [.. _bodies.Select(body => _sealer.Seal(_header, SealingKey, body))];
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _gathering.Dispose();
        _sealer.Dispose();
        _opener.Dispose();
        _keys.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark(OperationsPerInvoke = Lines)]
    public ulong Parse()
    {
        ulong bytes = 0;
        foreach (var range in _lines)
        {
            var line = default(LogLine);
            if (_parser.Parse(_log.AsSpan(range), LogFormat.Combined, ref line) == Reason.None)
                bytes += line.Bytes;
        }

        return bytes;
    }

    [Benchmark(OperationsPerInvoke = Lines)]
    public int ParseMinimiseRouteGatherCompress() => Gather().Count;

    [Benchmark(OperationsPerInvoke = Lines)]
    public int Seal()
    {
        var bytes = 0;
        foreach (var body in _bodies)
            bytes += _sealer.Seal(_header, SealingKey, body).Length;
        return bytes;
    }

    [Benchmark(OperationsPerInvoke = Lines)]
    public int OpenAndRead()
    {
        var rows = 0;
        foreach (var record in _records)
        {
            if (_opener.TryOpen(record, SealingKey, out var body) != OpenResult.Opened || !_reader.TryRead(body))
                throw new InvalidOperationException("a group that was sealed here does not open");
            rows += _reader.Rows;
        }

        return rows;
    }

    private IReadOnlyList<GroupDraft> Gather()
    {
        _gathering.Begin(_request);
        _splitter.Begin(0);
        _splitter.Push(_log, _gathering);
        _splitter.Finish(_log.Length, _gathering);
        return _gathering.Finish(_log.Length);
    }
}
