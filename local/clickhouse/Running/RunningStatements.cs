using System.Collections.Concurrent;
using KpTelemetry.Local.ClickHouse.Engine;

namespace KpTelemetry.Local.ClickHouse.Running;

/// <summary>
/// The statements that run, by query id. The library gives its statements ids of its own, so the caller's id travels
/// as <c>log_comment</c>: that is what a kill looks for.
/// </summary>
public sealed class RunningStatements(EmbeddedEngine engine)
{
    private readonly ConcurrentDictionary<string, byte> _ids = new(StringComparer.Ordinal);

    /// <summary>Notes a statement until the result is disposed, and kills it if the token is cancelled before.</summary>
    /// <exception cref="EngineException">QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING.</exception>
    public IDisposable Enter(string id, CancellationToken cancellation)
    {
        if (!_ids.TryAdd(id, 0))
            throw EngineException.Of(ErrorCode.QueryWithSameIdIsAlreadyRunning, $"Query with id = {id} is already running");
        return new Entry(this, id, cancellation);
    }

    /// <summary>Kills everything that runs.</summary>
    public void KillAll()
    {
        foreach (var id in _ids.Keys) engine.Kill(id);
    }

    private sealed class Entry : IDisposable
    {
        private readonly RunningStatements _all;
        private readonly string _id;
        private readonly CancellationTokenRegistration _onCancel;

        public Entry(RunningStatements all, string id, CancellationToken cancellation)
        {
            _all = all;
            _id = id;
            _onCancel = cancellation.UnsafeRegister(static state =>
            {
                var entry = (Entry)state!;
                entry._all.Kill(entry._id);
            }, this);
        }

        public void Dispose()
        {
            _onCancel.Dispose();
            _all._ids.TryRemove(_id, out _);
        }
    }

    private void Kill(string id) => engine.Kill(id);
}
