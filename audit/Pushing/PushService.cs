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
    private const int LockSpace = 0x6B70_7075;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

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
        if (await NextAsync(transaction, sink.Name, cancellation) is not { } next)
            return 0;
        var lines = await reader.FollowAsync(next, BatchEntries, cancellation);
        if (lines.Count == 0)
            return 0;
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

        await using var move = new NpgsqlCommand("insert into audit.pushes (sink, next) values ($1, $2) on conflict (sink) do update set next = excluded.next", connection, transaction)
        {
            Parameters = { new() { Value = sink.Name }, new() { Value = lines[^1].Index + 1 } },
        };
        await move.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        metrics.Pushed(sink.Name, lines.Count);
        return lines.Count;
    }

    private static async Task<long?> NextAsync(NpgsqlTransaction transaction, string sink, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            "select case when pg_try_advisory_xact_lock($1, hashtext($2)) then coalesce((select next from audit.pushes where sink = $2), 0) end", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = LockSpace }, new() { Value = sink } },
        };
        return await command.ExecuteScalarAsync(cancellation) as long?;
    }

    private static string WhyOf(Exception problem) => problem switch
    {
        PushRefusedException => problem.Message,
        NpgsqlException => "the database cannot be asked",
        _ => $"the next entries cannot be read ({problem.GetType().Name})",
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "the access record could not be pushed to {Sink}: {Why}; nothing is lost, tried again in {Seconds} s")]
    private static partial void LogRefused(ILogger logger, string sink, string why, double seconds);
}
