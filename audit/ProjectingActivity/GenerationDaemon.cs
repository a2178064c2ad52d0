using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;
using KpTelemetry.Audit.Storing;
using Marten;

namespace KpTelemetry.Audit.ProjectingActivity;

/// <summary>
/// Marten's asynchronous daemon at work on one generation. How far it has come moves in the transaction that writes the
/// figures, and only from where it was, so that nothing counts twice whoever else works on it.
/// </summary>
/// <remarks>
/// The daemon follows Marten's sequence. Here that is safe: numbers are drawn under the lock of the record's head, so they
/// become visible in their order, and a gap is an append that was rolled back.
/// </remarks>
internal sealed class GenerationDaemon : IAsyncDisposable, IObserver<ShardState>
{
    private readonly DocumentStore _store;
    private readonly IProjectionDaemon _daemon;
    private readonly IDisposable _following;
    private GenerationDaemon(DocumentStore store, IProjectionDaemon daemon)
    {
        (_store, _daemon) = (store, daemon);
        _following = daemon.Tracker.Subscribe(this);
    }

    /// <summary>Starts to work on a generation, from where it is.</summary>
    public static async Task<GenerationDaemon> StartAsync(RecordStore record, int generation)
    {
        var store = record.Projecting(new ActivityProjection(record, generation), Generations.NameOf(generation));
        try
        {
            // Without a log of its own: what it says of failures quotes what a store was sent.
            var started = new GenerationDaemon(store, await store.BuildProjectionDaemonAsync());
            await started._daemon.StartAllAsync();
            return started;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>The type of the failure that it met; null where it gets on.</summary>
    public string? Failure { get; private set; }

    public void OnNext(ShardState value) => Failure = value.Exception?.GetBaseException().GetType().Name ?? Failure;

    public void OnError(Exception error) => Failure = error.GetType().Name;

    public void OnCompleted()
    {
    }

    public async ValueTask DisposeAsync()
    {
        _following.Dispose();
        try
        {
            await _daemon.StopAllAsync();
        }
        finally
        {
            _daemon.Dispose();
            await _store.DisposeAsync();
        }
    }
}
