using System.Net.Sockets;
using System.Threading.Channels;
using KpTelemetry.Local.Broker.Requests;
using KpTelemetry.Local.Broker.Wire;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Local.Broker.Net;

/// <summary>
/// One client's connection. Requests are answered in order. Produce requests may follow each other while earlier ones
/// wait for the disk; any other request starts when all before it are answered.
/// </summary>
internal sealed partial class Connection(Socket socket, BrokerContext broker, ByteBudget budget)
{
    private const int PipelinedRequests = 8;
    private readonly CancellationTokenSource _closing = CancellationTokenSource.CreateLinkedTokenSource(broker.Stopping);

    private readonly Deadline _receiving = new();
    private readonly Deadline _sending = new();

    private readonly Channel<Task<Reply>> _replies =
        Channel.CreateBounded<Task<Reply>>(new BoundedChannelOptions(PipelinedRequests) { SingleReader = true, SingleWriter = true });

    private Task _before = Task.CompletedTask;

    /// <summary>Serves the client until it goes, misbehaves, or the broker stops.</summary>
    public async Task RunAsync()
    {
        using (socket)
        using (_closing)
        using (_receiving)
        using (_sending)
        {
            _receiving.Follow(_closing.Token);
            _sending.Follow(_closing.Token);
            socket.NoDelay = true;
            var sending = SendRepliesAsync();
            try
            {
                await ReadRequestsAsync();
            }
            catch (Exception e) when (IsEndOfConnection(e))
            {
                LogEnded(broker.Log, e.GetType().Name);
            }

            // Whoever waits on behalf of this client (a long poll, a join) waits no longer; what is written stays written.
            await _closing.CancelAsync();
            _replies.Writer.Complete();
            await sending;
        }
    }

    private static bool IsEndOfConnection(Exception e) =>
        e is SocketException or OperationCanceledException or ObjectDisposedException or EndOfStreamException;

    private async Task ReadRequestsAsync()
    {
        var prefix = new byte[Frame.Prefix];
        var wasProduce = false;
        while (await ReadFrameAsync(prefix) is { } frame)
        {
            var isProduce = frame.Key == ApiKey.Produce;
            if (!(isProduce && wasProduce))
            {
                await _before;
            }

            wasProduce = isProduce;
            var reply = AnswerAsync(frame);
            _before = reply.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await _replies.Writer.WriteAsync(reply);
        }
    }

    private async Task<Reply> AnswerAsync(Frame frame)
    {
        using (frame)
        {
            return await Dispatcher.AnswerAsync(frame, broker, _closing.Token);
        }
    }

    private async ValueTask<Frame?> ReadFrameAsync(byte[] prefix)
    {
        if (!await ReceiveAsync(prefix, broker.Options.IdleTimeout, mayEnd: true))
        {
            return null;
        }

        if (Frame.LengthOf(prefix, broker.Options) is not { } length)
        {
            LogRefused(broker.Log, "a frame's length");
            return null;
        }

        var frame = await Frame.ReserveAsync(prefix, length, budget, _closing.Token);
        try
        {
            await ReceiveAsync(frame.Body, broker.Options.TransferTimeout, mayEnd: false);
            return frame;
        }
        catch
        {
            frame.Dispose();
            throw;
        }
    }

    private async ValueTask<bool> ReceiveAsync(Memory<byte> into, TimeSpan patience, bool mayEnd)
    {
        var deadline = _receiving.Within(patience);
        for (var got = 0; got < into.Length;)
        {
            var read = await socket.ReceiveAsync(into[got..], SocketFlags.None, deadline);
            if (read == 0)
            {
                return mayEnd && got == 0 ? false : throw new EndOfStreamException();
            }

            got += read;
        }

        _receiving.Done();
        return true;
    }

    // Goes on after the connection ended, so that the reader is never stuck and every reply gives back what it holds.
    private async Task SendRepliesAsync()
    {
        var isOpen = true;
        await foreach (var pending in _replies.Reader.ReadAllAsync())
        {
            isOpen = await SendAsync(pending, isOpen);
            if (!isOpen)
            {
                await _closing.CancelAsync();
            }
        }
    }

    private async ValueTask<bool> SendAsync(Task<Reply> pending, bool isOpen)
    {
        try
        {
            using var reply = await pending;
            return isOpen && await SendAsync(reply);
        }
        catch (Exception e) when (IsEndOfConnection(e))
        {
            LogEnded(broker.Log, e.GetType().Name);
        }
        catch (Exception e)
        {
            // The client cannot be told what went wrong with its request; it asks again on another connection.
            LogFailed(broker.Log, e);
        }

        return false;
    }

    private async ValueTask<bool> SendAsync(Reply reply)
    {
        if (reply.Refusal is { } what)
        {
            LogRefused(broker.Log, what);
            return false;
        }

        if (reply.Response is { } response)
        {
            await response.SendAsync(SendPieceAsync);
        }

        return true;
    }

    private async ValueTask SendPieceAsync(ReadOnlyMemory<byte> piece)
    {
        while (piece.Length > 0)
        {
            piece = piece[await socket.SendAsync(piece, SocketFlags.None, _sending.Within(broker.Options.TransferTimeout))..];
        }

        _sending.Done();
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "A connection ended: {Kind}")]
    private static partial void LogEnded(ILogger log, string kind);

    [LoggerMessage(Level = LogLevel.Error, Message = "A request failed through a fault of the broker or its disk")]
    private static partial void LogFailed(ILogger log, Exception failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "Closed a connection: {What} is not of the protocol")]
    private static partial void LogRefused(ILogger log, string what);
}
