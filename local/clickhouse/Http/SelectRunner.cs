using System.Buffers;
using System.Security.Cryptography;
using KpTelemetry.Local.ClickHouse.Engine;
using KpTelemetry.Local.ClickHouse.Options;
using KpTelemetry.Local.ClickHouse.Running;

namespace KpTelemetry.Local.ClickHouse.Http;

/// <summary>
/// Passes a result on as it comes. The first megabyte is held back: a short result has its whole summary in the
/// headers, and an error up to there its status.
/// </summary>
internal static class SelectRunner
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>Runs a SELECT and writes its result.</summary>
    /// <param name="spool">Where a result waits for its end, if it has to.</param>
    /// <exception cref="EngineException">The query failed, at any point of the result.</exception>
    public static async Task RunAsync(
        EngineConnection connection, StatementPlan plan, RequestSettings settings, ResponseWriter response, KillWatch watch,
        string spool, CancellationToken cancellation)
    {
        await using var pipe = new ResultPipe();
        pipe.Start(connection, plan.TextInto(pipe.Clause), plan.Format, settings.Parameters);
        await using Stream held = settings.WaitEndOfQuery ? TemporaryFile(spool) : new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var ended = await HoldAsync(pipe, held, buffer, settings.WaitEndOfQuery ? long.MaxValue : Limits.HeldBackBytes, cancellation);
            response.Start(plan.Format, ended ? await pipe.EndAsync() : default);
            held.Position = 0;
            while (await held.ReadAsync(buffer, cancellation) is > 0 and var read) await response.WriteAsync(buffer.AsMemory(0, read), watch.Token);
            while (!ended)
            {
                var read = await pipe.ReadAsync(buffer, cancellation);
                ended = read == 0;
                await response.WriteAsync(buffer.AsMemory(0, read), watch.Token);
            }
            await pipe.EndAsync();
            await response.CompleteAsync();
        }
        catch (OperationCanceledException) when (watch.Killed)
        {
            // Killed while the client takes nothing: the engine stands still in a full pipe, and nobody can be told.
            throw new ResultBrokenException();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<bool> HoldAsync(ResultPipe pipe, Stream held, byte[] buffer, long bytes, CancellationToken cancellation)
    {
        while (held.Length <= bytes)
        {
            var read = await pipe.ReadAsync(buffer, cancellation);
            if (read == 0) return true;
            await held.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }
        return false;
    }

    // wait_end_of_query: the whole result goes to a file first, so that its status is the query's.
    private static FileStream TemporaryFile(string spool) => new(
        Path.Combine(spool, RandomNumberGenerator.GetHexString(16)), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, BufferBytes, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
}
