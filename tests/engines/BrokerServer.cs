using KpTelemetry.Local.Broker;

namespace KpTelemetry.Tests.Engines;

/// <summary>The embedded broker, in the test's own process, on a free port.</summary>
public sealed class BrokerServer : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kp-broker-").FullName;
    private KafkaBroker? _broker;
    private int _port;

    private BrokerServer()
    {
    }

    /// <summary>What clients are given as bootstrap servers.</summary>
    public string Servers { get; private set; } = "";

    /// <summary>Starts a broker with an empty data directory.</summary>
    public static async Task<BrokerServer> StartAsync()
    {
        var server = new BrokerServer();
        await server.RestartAsync();
        return server;
    }

    /// <summary>Takes a port for a broker that <see cref="RestartAsync"/> starts later.</summary>
    public static BrokerServer Reserve()
    {
        var server = new BrokerServer { _port = Ports.Take() };
        server.Servers = $"127.0.0.1:{server._port}";
        return server;
    }

    /// <summary>Ends the broker; what it acknowledged stays.</summary>
    public async Task StopAsync()
    {
        if (_broker is not null)
            await _broker.DisposeAsync();
        _broker = null;
    }

    /// <summary>Starts it again, on the same port and data.</summary>
    public async Task RestartAsync()
    {
        _broker = await KafkaBroker.StartAsync(new BrokerOptions { Home = _directory, Port = _port });
        _port = _broker.EndPoint.Port;
        Servers = _broker.BootstrapServers;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
