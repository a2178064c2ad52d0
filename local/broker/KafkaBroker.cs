using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using KpTelemetry.Local.Broker.Groups;
using KpTelemetry.Local.Broker.Net;
using KpTelemetry.Local.Broker.Storage;
using KpTelemetry.Local.Broker.Topics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KpTelemetry.Local.Broker;

/// <summary>
/// A broker for one machine that speaks Kafka's protocol on the loopback address. What it acknowledges is on disk. It
/// replicates nothing: where more than one machine is in play, Apache Kafka takes its place.
/// </summary>
public sealed class KafkaBroker : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Stack<IDisposable> _owned = new();
    private readonly Flusher _flusher;
    private readonly TopicCatalog _topics;
    private readonly Listener _listener;
    private readonly Task _retention;
    private bool _disposed;

    private KafkaBroker(BrokerOptions options, TimeProvider time, ILogger log)
    {
        try
        {
            Directory.CreateDirectory(options.Home);
            Own(new HomeLock(options.Home));
            _listener = Own(new Listener(options.Port));
            _flusher = Own(new Flusher(log));
            _topics = Own(new TopicCatalog(options, new LogServices(_flusher, time, log)));
            var offsets = Own(new OffsetStore(options.Home, _flusher, new ByteTally(options.MaxGroupBytes), id => _topics.Find(id) is not null));
            var groups = new GroupCoordinator(new GroupServices(options, time, new ByteTally(options.MaxGroupBytes)), offsets);
            _listener.Start(new BrokerContext(options, ClusterId(options.Home), EndPoint.Port, _topics, groups, time, log, _stopping.Token));
        }
        catch
        {
            Disown();
            throw;
        }

        _retention = EnforceRetentionAsync(options.RetentionInterval, time);
    }

    /// <summary>Where the broker listens.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>What clients are given as <c>bootstrap.servers</c>.</summary>
    public string BootstrapServers => $"{BrokerContext.Host}:{EndPoint.Port}";

    /// <summary>
    /// Ends when the broker can go on no longer: with the failure where the disk refused an fsync, with null once it is
    /// disposed. After a failure nothing is acknowledged; a new start reads what the disk has.
    /// </summary>
    public Task<Exception?> Ended => _flusher.Ended;

    /// <summary>Opens the data directory, recovers what is there, and listens.</summary>
    /// <exception cref="BrokerStartException">The directory is in use or damaged, or the port is taken.</exception>
    public static Task<KafkaBroker> StartAsync(
        BrokerOptions options, TimeProvider? time = null, ILogger? log = null, CancellationToken stop = default) =>
        Task.Run(() => Start(options, time ?? TimeProvider.System, log ?? NullLogger.Instance), stop);

    /// <summary>Stops: open connections end, what was appended is flushed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stopping.CancelAsync();
        await _listener.StopAsync();
        await _retention;
        Disown();
        _stopping.Dispose();
    }

    private T Own<T>(T part) where T : IDisposable
    {
        _owned.Push(part);
        return part;
    }

    // The last to come goes first; the flusher, once gone, has flushed what was asked for, so logs must outlive it.
    private void Disown()
    {
        _flusher?.Dispose();
        while (_owned.TryPop(out var part))
        {
            part.Dispose();
        }
    }

    private static KafkaBroker Start(BrokerOptions options, TimeProvider time, ILogger log)
    {
        try
        {
            return new KafkaBroker(options, time, log);
        }
        catch (SocketException e)
        {
            throw new BrokerStartException($"port {options.Port} on {BrokerContext.Host} cannot be had: {e.SocketErrorCode}", e);
        }
        catch (Exception e) when (e is DamagedLogException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new BrokerStartException($"the data directory {options.Home} cannot be used: {e.Message}", e);
        }
    }

    private static string ClusterId(string home)
    {
        var path = Path.Combine(home, "cluster-id");
        if (!File.Exists(path))
        {
            DurableFile.Write(path, System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(11))));
        }

        return File.ReadAllText(path);
    }

    private async Task EnforceRetentionAsync(TimeSpan interval, TimeProvider time)
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                foreach (var partition in _topics.All.SelectMany(t => t.Partitions))
                {
                    partition.EnforceRetention();
                }
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }
}
