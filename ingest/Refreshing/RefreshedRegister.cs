using Npgsql;

namespace KpTelemetry.Ingest.Refreshing;

/// <summary>
/// What ingest answers from memory and reads again every so often from PostgreSQL. While PostgreSQL is away, what was read
/// before stays in force.
/// </summary>
/// <param name="every">How often it is read.</param>
/// <param name="what">What it holds, for the log.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Is told where a reading failed.</param>
public abstract partial class RefreshedRegister(TimeSpan every, string what, TimeProvider time, ILogger log) : BackgroundService
{
    private readonly SemaphoreSlim _refreshing = new(1);

    /// <summary>The clock.</summary>
    protected TimeProvider Time { get; } = time;

    /// <summary>Reads what has changed. Throws where PostgreSQL does not answer.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        await _refreshing.WaitAsync(cancellation);
        try
        {
            await ReadAsync(cancellation);
        }
        finally
        {
            _refreshing.Release();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _refreshing.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads and puts what was read in force. One at a time.</summary>
    protected abstract Task ReadAsync(CancellationToken cancellation);

    /// <summary>Reads where PostgreSQL answers.</summary>
    protected async Task TryRefreshAsync(CancellationToken cancellation)
    {
        try
        {
            await RefreshAsync(cancellation);
        }
        catch (Exception problem) when (problem is NpgsqlException or InvalidOperationException)
        {
            LogNotRefreshed(log, what, problem.GetType().Name);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(every, Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TryRefreshAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{What} could not be read again ({Problem}); what was read before stays in force")]
    private static partial void LogNotRefreshed(ILogger logger, string what, string problem);
}
