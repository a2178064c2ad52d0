using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Local.Broker.Net;

/// <summary>Accepts connections on the loopback address, up to a bound.</summary>
internal sealed partial class Listener : IDisposable
{
    private const int Backlog = 128;
    private readonly Dictionary<Connection, Task> _connections = [];
    private readonly Socket _socket;
    private Task _accepting = Task.CompletedTask;

    /// <exception cref="SocketException">The port is taken.</exception>
    public Listener(int port)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            _socket.Listen(Backlog);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Begins to accept; ends when <paramref name="broker"/> stops.</summary>
    public void Start(BrokerContext broker) => _accepting = AcceptAsync(broker);

    /// <summary>Waits until every connection has ended, once the broker stops.</summary>
    public async Task StopAsync()
    {
        _socket.Dispose();
        await _accepting;
        Task[] ending;
        lock (_connections)
        {
            ending = [.. _connections.Values];
        }

        await Task.WhenAll(ending);
    }

    public void Dispose() => _socket.Dispose();

    private async Task AcceptAsync(BrokerContext broker)
    {
        var budget = new ByteBudget(broker.Options.MaxInFlightBytes);
        while (!broker.Stopping.IsCancellationRequested)
        {
            try
            {
                var client = await _socket.AcceptAsync(broker.Stopping);
                Serve(client, broker, budget);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e) when (!broker.Stopping.IsCancellationRequested)
            {
                // Out of descriptors, or a client that was gone before it was accepted: the listener itself is sound.
                LogAcceptFailed(broker.Log, e.SocketErrorCode);
                await Task.Delay(TimeSpan.FromMilliseconds(50), broker.Time, CancellationToken.None);
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private void Serve(Socket client, BrokerContext broker, ByteBudget budget)
    {
        lock (_connections)
        {
            if (_connections.Count < broker.Options.MaxConnections)
            {
                var connection = new Connection(client, broker, budget);
                _connections[connection] = Task.Run(() => ServeAsync(connection, broker.Log));
                return;
            }
        }

        client.Dispose();
        LogTooMany(broker.Log, broker.Options.MaxConnections);
    }

    // The one place that takes whatever a connection ends with: a fault that one client provoked must not reach another.
    private async Task ServeAsync(Connection connection, ILogger log)
    {
        try
        {
            await connection.RunAsync();
        }
        catch (Exception e)
        {
            LogFailed(log, e);
        }
        finally
        {
            lock (_connections)
            {
                _connections.Remove(connection);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Accepting a connection failed: {Code}")]
    private static partial void LogAcceptFailed(ILogger log, SocketError code);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Closed a new connection: there are {Most} already")]
    private static partial void LogTooMany(ILogger log, int most);

    [LoggerMessage(Level = LogLevel.Error, Message = "A connection ended through a fault of the broker")]
    private static partial void LogFailed(ILogger log, Exception failure);
}
