using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using KpTelemetry.Ingest.Spooling;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Ingest.Sending;

/// <summary>The lanes of all partitions, with what keeps them going: ticks, spooling, and the farewell at the end.</summary>
public sealed partial class Lanes : IAsyncDisposable
{
    private const int InstanceBytes = 16;
    private const int ProducerBuffer = 512 * 1024 * 1024;
    private static readonly TimeSpan MaintainEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan TimeToSayFarewell = TimeSpan.FromSeconds(3);

    private readonly LaneContext _context;
    private readonly Lane[] _lanes;
    private readonly FileStream _lock;
    private readonly ILogger<Lanes> _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _maintaining;

    private Lanes(LaneContext context, Lane[] lanes, FileStream directoryLock, ILogger<Lanes> log)
    {
        (_context, _lanes, _lock, _log) = (context, lanes, directoryLock, log);
        _maintaining = Task.Run(MaintainAsync);
    }

    /// <summary>How many partitions there are.</summary>
    public int Count => _lanes.Length;

    /// <summary>Whether any partition's groups go through the spool.</summary>
    public bool IsSpooling => _lanes.Any(lane => lane.IsSpooling);

    /// <summary>Opens the spools and starts sending what they hold.</summary>
    /// <param name="spoolDirectory">Of one process at a time.</param>
    /// <exception cref="IOException">The directory is in use by another process, or cannot be used.</exception>
    public static Lanes Open(string servers, int partitions, string spoolDirectory, SpoolBudget budget, KeyStore keys, LaneOptions options, LaneMetrics metrics, TimeProvider time, ILogger<Lanes> log)
    {
        DurableFile.CreatePrivateDirectory(spoolDirectory);
        var directoryLock = new FileStream(Path.Combine(spoolDirectory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var producer = new ReplaceableProducer(() => new RecordProducer(servers, Topics.Raw, ProducerBuffer));
        var context = new LaneContext(keys, producer, options, metrics, time, ByteString.CopyFrom(RandomNumberGenerator.GetBytes(InstanceBytes)));
        var lanes = new Lane[partitions];
        for (var partition = 0; partition < partitions; partition++)
        {
            var spool = Spool.Open(Path.Combine(spoolDirectory, partition.ToString(CultureInfo.InvariantCulture)), budget);
            if (spool.CutBytes > 0)
                LogTornSpool(log, partition, spool.CutBytes);
            lanes[partition] = new Lane(context, partition, spool);
        }

        return new Lanes(context, lanes, directoryLock, log);
    }

    /// <summary>The name of the state key of what is received live at that time, which exists once it is named.</summary>
    public string StateKey(long receivedMs) => _context.StateKey(DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(receivedMs).UtcDateTime));

    /// <summary>Sends a group to its partition. The task ends when it is safe, or known not to be.</summary>
    public Task<Stored> SendAsync(GroupDraft draft) => _lanes[draft.Partition].SendAsync(draft);

    /// <summary>Adds a live event to its partition's next group.</summary>
    public Task<Stored> AddLiveAsync(int partition, LiveEvent live) => _lanes[partition].AddLiveAsync(live);

    /// <summary>Sends a mark without rows to every partition.</summary>
    public Task<Stored[]> MarkAllAsync(GroupKind kind, FileRange? file) =>
        Task.WhenAll(_lanes.Select((lane, partition) => lane.SendAsync(GroupDraft.Mark(kind, partition, Today, file))));

    /// <summary>Says farewell on every partition and leaves nothing in memory only.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAny(MarkAllAsync(GroupKind.Farewell, file: null), Task.Delay(TimeToSayFarewell, _context.Time));
        foreach (var lane in _lanes)
            lane.Finish();
        await _stopping.CancelAsync();
        await _maintaining;
        _context.Producer.Dispose();
        foreach (var lane in _lanes)
            lane.Dispose();
        await _lock.DisposeAsync();
        _stopping.Dispose();
    }

    private DateOnly Today => DateOnly.FromDateTime(_context.Time.GetUtcNow().UtcDateTime);

    private async Task MaintainAsync()
    {
        using var timer = new PeriodicTimer(MaintainEvery, _context.Time);
        var ticked = _context.Time.GetTimestamp();
        var wasSpooling = false;
        while (await WaitAsync(timer))
        {
            if (_context.Producer.ReplaceIfBroken())
                LogReplacedProducer(_log);
            foreach (var lane in _lanes)
                Maintain(lane);
            if (IsSpooling != wasSpooling)
                LogSpooling(_log, wasSpooling = !wasSpooling);
            if (_context.Time.GetElapsedTime(ticked) < _context.Options.TickEvery)
                continue;
            ticked = _context.Time.GetTimestamp();
            foreach (var lane in _lanes)
                lane.Tick(Today);
        }
    }

    private void Maintain(Lane lane)
    {
        try
        {
            lane.Maintain();
        }
        catch (IOException problem)
        {
            LogSpoolUnreadable(_log, problem);
        }
    }

    private async Task<bool> WaitAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_stopping.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "cut {Bytes} bytes of a torn record from the spool of partition {Partition}; it was never acknowledged")]
    private static partial void LogTornSpool(ILogger logger, int partition, long bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Kafka gave the producer up; another one sends what is not acknowledged")]
    private static partial void LogReplacedProducer(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "groups go through the spool: {IsSpooling}")]
    private static partial void LogSpooling(ILogger logger, bool isSpooling);

    [LoggerMessage(Level = LogLevel.Error, Message = "a spooled group cannot be read: look at the disk of the spool directory")]
    private static partial void LogSpoolUnreadable(ILogger logger, Exception problem);
}
