namespace KpTelemetry.Local.Broker.Net;

/// <summary>One side's patience, set anew for every transfer without an allocation; once it has run out it stays so.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private CancellationTokenRegistration _followed;

    /// <summary>Runs out with <paramref name="stop"/> too.</summary>
    public void Follow(CancellationToken stop) => _followed = stop.UnsafeRegister(s => ((CancellationTokenSource)s!).Cancel(), _source);

    public CancellationToken Within(TimeSpan patience)
    {
        _source.CancelAfter(patience);
        return _source.Token;
    }

    public void Done() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _followed.Dispose();
        _source.Dispose();
    }
}
