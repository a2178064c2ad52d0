using CsCheck;
using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Privacy;
using KpTelemetry.Processors.Pipeline;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Engines;

/// <summary>
/// Two processors on real PostgreSQL and ClickHouse that hand partitions to and fro, neither waiting for the other, and
/// crash at every step of the block protocol: every counter of every table as the simple model has it, and the access
/// record as well: each event once, in its member's stream in the order of the log.
/// </summary>
public sealed class RebalancingTests
{
    private const int Partitions = 2;
    private const ulong MostLogs = 10, LogsApart = 1_000;
    private static readonly string[] Steps = ["begin", "insert", "finish", "settle", "renew"];

    [Fact]
    public Task Processors_ThatRebalanceAndCrash_CountAndRecordAsTheSimpleModels() => CompareAsync(seed: 1);

    [Theory]
    [Trait("Length", "long")]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public Task Processors_ThatRebalanceAndCrash_CountAndRecordAsTheSimpleModels_OverMoreLogs(ulong seed) => CompareAsync(seed);

    // A log may be done before every step was crashed at: the others are over the next.
    private static async Task CompareAsync(ulong seed)
    {
        var crashes = new HashSet<(string Step, bool Afterwards)>();
        for (var log = 0UL; log < MostLogs && crashes.Count < 2 * Steps.Length; log++)
            await CompareAsync(seed + (log * LogsApart), crashes);
        foreach (var step in Steps)
            Assert.True(crashes.Contains((step, false)) && crashes.Contains((step, true)), $"seed {seed}: no crash before or after {step}: {string.Join(", ", crashes.Order())}");
    }

    private static async Task CompareAsync(ulong seed, HashSet<(string Step, bool Afterwards)> crashes)
    {
        await using var bench = await Bench.CreateAsync(options: new PipelineOptions { BlockRows = 12, BlockWait = TimeSpan.FromMilliseconds(20), BlocksBetweenReplayPoints = 3 });
        bench.Keys.GetOrCreate("state/2026-01-02");
        var random = new PCG(1, seed);
        var expected = new Dictionary<CellName, Counters>();
        var record = new SimpleRecord();
        var books = (Counted: 0L, Duplicates: 0L, Refused: 0L);
        for (var partition = 0; partition < Partitions; partition++)
        {
            var log = Streams.Of(160, 200).Generate(random, null, out _);
            log = [.. AccessStreams.Among(log, partition).Generate(random, null, out _), .. Streams.Ending(log)];
            bench.Append(partition, log);
            var model = new SimpleModel();
            model.Add(log);
            record.Add(partition, log);
            Add(expected, model.Cells);
            books = (books.Counted + model.Counted, books.Duplicates + model.Duplicates, books.Refused + model.Refused);
        }

        await RunAsync(bench, crashes);

        FoldModelTests.AssertEqual(expected, await bench.VisibleAsync());
        Assert.Equal(books, (await BookedAsync(bench, "counted"), await BookedAsync(bench, "duplicate"), await BookedAsync(bench, "rejected', 'dropped")));
        await record.AssertIsStoredAsync(bench, $"seed {seed}");
    }

    // Each round gives both partitions to the other processor, which claims them while the first may still be at work.
    private static async Task RunAsync(Bench bench, HashSet<(string Step, bool Afterwards)> crashes)
    {
        using var done = new CancellationTokenSource();
        var running = new List<Task>();
        foreach (var crash in Steps.SelectMany(step => new[] { (step, false), (step, true) }))
        {
            // What a zombie of the round before still did may have spared the step.
            for (var tries = 0; tries < 12 && !crashes.Contains(crash); tries++)
            {
                await RoundAsync(Before(crash));
                await RoundAsync(crash);
            }
        }

        // An owner of a round before may claim last and crash: somebody takes its partition over.
        var last = new Owner?[Partitions];
        while (await OpenAsync(bench) > 0)
        {
            for (var partition = 0; partition < Partitions; partition++)
            {
                if (last[partition] is { Running.IsCompleted: false })
                    continue;
                await (last[partition]?.Running ?? Task.CompletedTask);
                running.Add((last[partition] = new Owner(bench, partition, "none", false, done.Token)).Running);
            }

            await Task.Delay(50, CancellationToken.None);
        }

        await done.CancelAsync();
        await Task.WhenAll(running);

        async Task RoundAsync((string Step, bool Afterwards) crash)
        {
            var owners = Enumerable.Range(0, Partitions).Select(partition => new Owner(bench, partition, crash.Step, crash.Afterwards, done.Token)).ToArray();
            running.AddRange(owners.Select(owner => owner.Running));
            var turns = Task.WhenAll(owners.Select(owner => owner.HasHadItsTurn));
            while (!turns.IsCompleted && await OpenAsync(bench) == Partitions)
                await Task.WhenAny(turns, Task.Delay(200, CancellationToken.None));
            if (owners.Any(owner => owner.HasCrashed))
                crashes.Add(crash);
        }

        // A block whose outcome is unknown is settled, and one that differs or is not in gets a new attempt: first there must be such a block.
        static (string, bool) Before((string Step, bool) crash) => crash.Step switch
        {
            "settle" => ("insert", true),
            "renew" => ("insert", false),
            _ => ("none", false),
        };
    }

    private static Task<long> BookedAsync(Bench bench, string outcomes) => bench.ScalarAsync<long>($"select coalesce(sum(events), 0)::bigint from kp.books where outcome in ('{outcomes}')");

    // Partitions whose log is not done.
    private static Task<long> OpenAsync(Bench bench) =>
        bench.ScalarAsync<long>($"select {Partitions} - count(*) from kp.partitions where next_offset >= case partition when 0 then {bench.Log.End(0)} else {bench.Log.End(1)} end");

    private static void Add(Dictionary<CellName, Counters> sums, Dictionary<CellName, Counters> cells)
    {
        foreach (var (name, counters) in cells)
        {
            var sum = sums.GetValueOrDefault(name);
            sum.Add(counters);
            sums[name] = sum;
        }
    }

    /// <summary>One process's time with a partition: it crashes at a step, or has counted a block and is taken over from.</summary>
    private sealed class Owner
    {
        private bool _hasCells;
        private readonly TaskCompletionSource _turn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Owner(Bench bench, int partition, string step, bool afterwards, CancellationToken done)
        {
            var stores = new WatchedStores(bench, at => At(at, isAfter: false), at => At(at, isAfter: true));
            Running = RunAsync(bench, partition, stores, done);

            Task At(string at, bool isAfter)
            {
                if (at == step && isAfter == afterwards && !_turn.Task.IsCompleted)
                {
                    HasCrashed = true;
                    throw new CrashException();
                }

                // A block without cells is not inserted.
                _hasCells |= at is "insert" or "settle";
                if (at == "finish" && isAfter && _hasCells)
                    _turn.TrySetResult();
                return Task.CompletedTask;
            }
        }

        public Task HasHadItsTurn => _turn.Task;

        public Task Running { get; }

        public bool HasCrashed { get; private set; }

        private async Task RunAsync(Bench bench, int partition, WatchedStores stores, CancellationToken done)
        {
            await Task.Yield();
            try
            {
                await bench.RunAsync(partition, stores, stores, done);
            }
            catch (CrashException)
            {
                // The process is gone.
            }

            _turn.TrySetResult();
        }
    }
}
