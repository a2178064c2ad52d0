using KpTelemetry.Local.Simulator.Chance;
using KpTelemetry.Local.Simulator.Sites;

namespace KpTelemetry.Local.Simulator.Live;

/// <summary>People who look at pages right now: page views through web servers' logs and the pixel, at a bounded rate.</summary>
public sealed class LiveFleet
{
    private const int MostAttempts = 5;
    private const int MostAtOnce = 64;
    private static readonly TimeSpan MostMadeUpFor = TimeSpan.FromSeconds(1);

    private readonly LiveOptions _options;
    private readonly TimeProvider _time;
    private readonly HitClient _client;
    private readonly Weighted<LiveSite> _sites;
    private Dice _dice;
    private long _sent;
    private long _refused;
    private long _failed;
    private long _silentUntil;

    /// <param name="http">Needs no base address; a timeout of some seconds.</param>
    /// <param name="ingest">Where ingest answers.</param>
    /// <param name="options">How to play.</param>
    /// <param name="time">The clock that page views follow.</param>
    public LiveFleet(HttpClient http, Uri ingest, LiveOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _client = new HitClient(http, ingest, time);
        _dice = new Dice(options.Seed);
        _sites = new(options.Sites.Select((s, i) => (new LiveSite(Site.Named(s.Site), options.Seed + (ulong)i), s.Share)));
    }

    /// <summary>What has been done so far.</summary>
    public LiveCount Count => new(Interlocked.Read(ref _sent), Interlocked.Read(ref _refused), Interlocked.Read(ref _failed));

    /// <summary>Plays until the duration is over or it is cancelled; being cancelled is an ordinary end.</summary>
    public async Task PlayAsync(CancellationToken cancellation)
    {
        using var atOnce = new SemaphoreSlim(MostAtOnce);
        var start = _time.GetTimestamp();
        try
        {
            for (var due = TimeSpan.Zero; _options.Duration is not { } end || due < end; due += TimeSpan.FromSeconds(_dice.Exponential(1 / _options.Rate)))
            {
                due = await WaitAsync(start, due, cancellation);
                var hit = _sites.Draw(ref _dice).Next(_time.GetUtcNow().ToUnixTimeMilliseconds());
                await atOnce.WaitAsync(cancellation);
                _ = SendAndReleaseAsync(hit, atOnce, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }

        for (var slot = 0; slot < MostAtOnce; slot++)
            await atOnce.WaitAsync(CancellationToken.None);
    }

    /// <summary>Waits for the moment of the next hit. What ingest was too slow for is made up for up to a second, no further.</summary>
    private async Task<TimeSpan> WaitAsync(long start, TimeSpan due, CancellationToken cancellation)
    {
        var silence = Interlocked.Read(ref _silentUntil) - _time.GetUtcNow().UtcTicks;
        if (silence > 0)
            await Task.Delay(TimeSpan.FromTicks(silence), _time, cancellation);
        var passed = _time.GetElapsedTime(start);
        if (passed - due > MostMadeUpFor)
            return passed;
        if (due > passed)
            await Task.Delay(due - passed, _time, cancellation);
        return due;
    }

    private async Task SendAndReleaseAsync(LiveHit hit, SemaphoreSlim atOnce, CancellationToken cancellation)
    {
        try
        {
            await SendAsync(hit, cancellation);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _failed);
        }
        finally
        {
            atOnce.Release();
        }
    }

    private async Task SendAsync(LiveHit hit, CancellationToken cancellation)
    {
        for (var attempt = 1; attempt <= MostAttempts; attempt++)
        {
            var patience = await _client.SendAsync(hit, cancellation);
            if (patience is null)
            {
                Interlocked.Increment(ref _sent);
                return;
            }

            if (patience == TimeSpan.Zero)
                break;
            Interlocked.Increment(ref _refused);
            // Everybody waits, not this hit alone: Retry-After speaks of ingest, not of a request.
            Interlocked.Exchange(ref _silentUntil, (_time.GetUtcNow() + patience.Value).UtcTicks);
            await Task.Delay(patience.Value, _time, cancellation);
        }

        Interlocked.Increment(ref _failed);
    }
}
