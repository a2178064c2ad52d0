using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace KpTelemetry.Audit.Pushing;

/// <summary>
/// Tells SIEMs of every entry, in the order of the record, at least once. One process at a time does it for a sink; what a
/// sink does not take is kept back, by the record itself, until it does.
/// </summary>
internal sealed partial class PushService(RecordStore store, RecordReader reader, IEnumerable<IPushSink> sinks, PushMetrics metrics, TimeProvider time, ILogger<PushService> log) : BackgroundService
{
    internal const int BatchEntries = 200;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly PushPlaces _places = new(store);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(sinks.Select(sink => PushAllAsync(sink, stoppingToken)));

    private async Task PushAllAsync(IPushSink sink, CancellationToken cancellation)
    {
        for (var pause = Interval; ;)
        {
            await Task.Delay(pause, time, cancellation);
            try
            {
                while (await PushOnceAsync(sink, cancellation) == BatchEntries)
                {
                }

                pause = Interval;
            }
            // Whatever it is, also an entry that somebody has made unreadable: it must not end the service that pushes.
            catch (Exception problem) when (!cancellation.IsCancellationRequested)
            {
                metrics.Refused(sink.Name);
                pause = pause * 2 < Longest ? pause * 2 : Longest;
                LogRefused(log, sink.Name, WhyOf(problem), pause.TotalSeconds);
            }
        }
    }

    /// <summary>Pushes the next batch; how many entries that were. None where another process is at it.</summary>
    internal async Task<int> PushOnceAsync(IPushSink sink, CancellationToken cancellation)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (await _places.TakeAsync(transaction, sink.Name, cancellation) is not { } place)
            return 0;
        if (!place.IsOurs)
            LogMoved(log, sink.Name);
        var lines = await reader.FollowAsync(place.Next, BatchEntries, cancellation);
        if (lines.Count == 0)
            return 0;
        if (lines[^1].Index - place.Next >= lines.Count)
            LogMissing(log, place.Next, lines[^1].Index, sink.Name);
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            await sink.PushAsync(lines, either.Token);
        }
        catch (OperationCanceledException cause) when (!cancellation.IsCancellationRequested)
        {
            throw new PushRefusedException("it did not answer in time", cause);
        }

        await _places.MoveAsync(transaction, sink.Name, lines[^1].Index + 1, cancellation);
        await transaction.CommitAsync(cancellation);
        metrics.Pushed(sink.Name, lines.Count);
        return lines.Count;
    }

    private static string WhyOf(Exception problem) => problem switch
    {
        PushRefusedException => problem.Message,
        NpgsqlException => "the database cannot be asked",
        _ => $"the next entries cannot be read ({problem.GetType().Name})",
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "the access record could not be pushed to {Sink}: {Why}; nothing is lost, tried again in {Seconds} s")]
    private static partial void LogRefused(ILogger logger, string sink, string why, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "how far {Sink} has been told of the access record was changed from outside, or the record itself: it is told everything anew from the first entry on, and knows by the index what it has; run './kp audit verify'")]
    private static partial void LogMoved(ILogger logger, string sink);

    [LoggerMessage(Level = LogLevel.Error, Message = "from entry {First} to {Last} of the access record some cannot be read, which {Sink} is not told of: run './kp audit verify'")]
    private static partial void LogMissing(ILogger logger, long first, long last, string sink);
}
