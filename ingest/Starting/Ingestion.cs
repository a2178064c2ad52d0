using KpTelemetry.Ingest.Gathering;
using KpTelemetry.Ingest.Members;
using KpTelemetry.Ingest.Sending;
using KpTelemetry.Ingest.Sites;
using KpTelemetry.Ingest.Spooling;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Postgres;
using KpTelemetry.Platform.Settings;
using KpTelemetry.Schemas;
using Npgsql;

namespace KpTelemetry.Ingest.Starting;

/// <summary>
/// What ingest needs before it can take anything: the database at its newest version, the sites, the number of
/// partitions, the lanes. Tries until they are there; ends the lanes when the service stops.
/// </summary>
public sealed partial class Ingestion(
    KpSettings settings,
    IngestSettings ingest,
    NpgsqlDataSource database,
    SiteDirectory sites,
    MemberRegister members,
    KeyStore keys,
    LaneOptions options,
    LaneMetrics metrics,
    TimeProvider time,
    ILoggerFactory logs) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ILogger _log = logs.CreateLogger<Ingestion>();
    private Lanes? _lanes;
    private GatheringPool? _gatherings;
    private Routes? _routes;

    /// <summary>Whether requests can be taken.</summary>
    public bool IsReady => Volatile.Read(ref _gatherings) is not null;

    /// <summary>The ways into the partitions.</summary>
    public Lanes Lanes => _lanes ?? throw new InvalidOperationException("ingest is not ready");

    internal GatheringPool Gatherings => _gatherings ?? throw new InvalidOperationException("ingest is not ready");

    internal Routes Routes => _routes ?? throw new InvalidOperationException("ingest is not ready");

    /// <summary>What is missing, in words; empty when ready.</summary>
    public string Waiting { get; private set; } = "starting";

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_lanes is { } lanes)
            await lanes.DisposeAsync();
    }

    public override void Dispose()
    {
        _gatherings?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await UntilDoneAsync("PostgreSQL", PrepareDatabaseAsync, stoppingToken);
            var partitions = 0;
            await UntilDoneAsync("Kafka", async cancellation => partitions = await PartitionsAsync(cancellation), stoppingToken);
            _lanes = Lanes.Open(settings.Kafka, partitions, settings.SpoolDirectory, new SpoolBudget(ingest.SpoolBytes), keys, options, metrics, time, logs.CreateLogger<Lanes>());
            _routes = new Routes(keys.GetOrCreate(KeyNames.Route), partitions);
            Volatile.Write(ref _gatherings, new GatheringPool(keys, partitions, members.Drops));
            Waiting = "";
            LogReady(_log, partitions);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task PrepareDatabaseAsync(CancellationToken cancellation)
    {
        await PostgresMigrator.ApplyAsync(database, SchemasAssembly.Instance, "postgres/", cancellation);
        await sites.SeedAsync(cancellation);
        // Before the first event: one that must be dropped would be stored.
        await members.RefreshAsync(cancellation);
    }

    // While Kafka is away the number is known from before, so that a restart needs no Kafka: everything goes to the spool.
    private async Task<int> PartitionsAsync(CancellationToken cancellation)
    {
        try
        {
            return (await TopicCatalog.EnsureAsync(settings.Kafka, Topics.Raw, settings.Partitions, cancellation)).Partitions;
        }
        catch (KafkaUnavailableException)
        {
            if (await RecordedPartitionsAsync(cancellation) is { } recorded)
                return recorded;
            throw;
        }
    }

    private async Task<int?> RecordedPartitionsAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select min(partitions) from kp.topics where name = $1 having min(partitions) = max(partitions)");
        command.Parameters.AddWithValue(Topics.Raw);
        return (int?)await command.ExecuteScalarAsync(cancellation);
    }

    private async Task UntilDoneAsync(string what, Func<CancellationToken, Task> step, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await step(cancellation);
                return;
            }
            catch (Exception problem) when (problem is NpgsqlException or KafkaUnavailableException or InvalidOperationException)
            {
                Waiting = $"{what} does not answer yet";
                LogWaiting(_log, what, problem.GetType().Name);
                await Task.Delay(Pause, time, cancellation);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "ready: {Partitions} partitions")]
    private static partial void LogReady(ILogger logger, int partitions);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{What} does not answer yet ({Problem}); trying again")]
    private static partial void LogWaiting(ILogger logger, string what, string problem);
}
