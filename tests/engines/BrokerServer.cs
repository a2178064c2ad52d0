using KpTelemetry.Local.Broker;

namespace KpTelemetry.Tests.Engines;

/// <summary>The embedded broker, in the test's own process, on a free port.</summary>
public sealed class BrokerServer : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kp-broker-").FullName;
    private KafkaBroker? _broker;
    private readonly int _port;

    private BrokerServer()
    {
        _port = Ports.Take();
        Servers = $"127.0.0.1:{_port}";
    }

    /// <summary>What clients are given as bootstrap servers.</summary>
    public string Servers { get; }

    /// <summary>Starts a broker with an empty data directory.</summary>
    public static async Task<BrokerServer> StartAsync()
    {
        var server = new BrokerServer();
        await server.RestartAsync();
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
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
