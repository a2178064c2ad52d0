using Microsoft.Extensions.Logging;

namespace KpTelemetry.Local.Broker.Storage;

/// <summary>What can be written now and made durable later, by the flusher's thread.</summary>
internal interface IFlushTarget
{
    /// <summary>Whether a flush is due; set and cleared by the flusher under its lock.</summary>
    bool FlushDue { get; set; }

    /// <summary>Has the disk begin with what was written; promises nothing.</summary>
    void StartWriteback();

    /// <summary>Makes durable all that was written before the call.</summary>
    void Flush();
}

/// <summary>
/// The broker's only caller of fsync while it runs. What is written while one round of fsyncs runs waits for the next
/// round, so that many writers share one fsync per file (group commit).
/// </summary>
internal sealed partial class Flusher : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _wanted = new(0);
    private readonly TaskCompletionSource<Exception?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILogger _log;
    private readonly Thread _thread;
    private List<IFlushTarget> _due = [];
    private List<IFlushTarget> _round = [];
    private TaskCompletionSource<bool> _next = NewRound();
    private FsyncRefusedException? _failure;
    private bool _stopping;

    public Flusher(ILogger log)
    {
        _log = log;
        _thread = new Thread(Run) { Name = "broker-flush", IsBackground = true };
        _thread.Start();
    }

    /// <summary>
    /// Ends when the flusher does: with the failure when the disk refused an fsync. After that nothing may be
    /// acknowledged any more, since the system may have dropped the pages that it could not write: only a restart, which
    /// reads back what is there, knows the truth.
    /// </summary>
    public Task<Exception?> Ended => _ended.Task;

    /// <summary>Asks for a flush; the task tells whether all written before the call is on disk.</summary>
    public Task<bool> Request(IFlushTarget target)
    {
        lock (_gate)
        {
            if (_stopping)
            {
                return Task.FromResult(false);
            }

            if (!target.FlushDue)
            {
                target.FlushDue = true;
                _due.Add(target);
                if (_due.Count == 1)
                {
                    _wanted.Release();
                }
            }

            return _next.Task;
        }
    }

    /// <summary>
    /// Does what flushes by itself and cannot wait for a round, on the caller's thread. A refused fsync ends the flusher
    /// before the caller can let go of its locks.
    /// </summary>
    /// <exception cref="FsyncRefusedException">The disk refused: nothing is acknowledged any more.</exception>
    public T Now<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (FsyncRefusedException e)
        {
            End(e);
            throw;
        }
    }

    /// <inheritdoc cref="Now{T}"/>
    public void Now(Action act) => Now(() =>
    {
        act();
        return true;
    });

    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
        }

        if (_thread.IsAlive)
        {
            _wanted.Release();
            _thread.Join();
        }
    }

    private static TaskCompletionSource<bool> NewRound() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Run()
    {
        FlushUntilStopped();
        lock (_gate)
        {
            _stopping = true;
            _next.TrySetResult(false);
        }

        _ended.SetResult(_failure);
    }

    private void FlushUntilStopped()
    {
        for (var stopped = false; !stopped;)
        {
            _wanted.Wait();
            var round = TakeRound();
            try
            {
                FlushRound();
            }
            catch (FsyncRefusedException e)
            {
                End(e);
            }

            _round.Clear();
            lock (_gate)
            {
                round.SetResult(_failure is null);
                stopped = _failure is not null || (_stopping && _due.Count == 0);
            }
        }
    }

    private void End(FsyncRefusedException refusal)
    {
        lock (_gate)
        {
            if (_failure is not null)
            {
                return;
            }

            _failure = refusal;
            _stopping = true;
        }

        LogFlushFailed(refusal.Message);
        _wanted.Release();
    }

    // All files' writes go to the disk together; the fsyncs then wait for them one after the other.
    private void FlushRound()
    {
        if (_round.Count > 1)
        {
            _round.ForEach(target => target.StartWriteback());
        }

        _round.ForEach(target => target.Flush());
    }

    private TaskCompletionSource<bool> TakeRound()
    {
        lock (_gate)
        {
            (_due, _round) = (_round, _due);
            foreach (var target in _round)
            {
                target.FlushDue = false;
            }

            var round = _next;
            _next = NewRound();
            return round;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The broker stops, nothing more is acknowledged: {Why}")]
    private partial void LogFlushFailed(string why);
}
