using KpTelemetry.Local.ClickHouse.Engine;
using KpTelemetry.Local.ClickHouse.Options;

namespace KpTelemetry.Local.ClickHouse.Http;

/// <summary>
/// Passes a result on piece by piece. The first megabyte is held back: a short result has its whole summary in the
/// headers, and an error up to there its status. After that, memory holds one piece, however long the result.
/// </summary>
internal static class SelectRunner
{
    /// <summary>Runs a SELECT and writes its result.</summary>
    /// <exception cref="EngineException">The query failed, at any point of the result.</exception>
    public static async Task RunAsync(
        EngineConnection connection, StatementPlan plan, RequestSettings settings, ResponseWriter response, CancellationToken cancellation)
    {
        using var stream = connection.Stream(plan.Text.Span, plan.Format, settings.Parameters);
        if (settings.WaitEndOfQuery)
        {
            await WaitAndWriteAsync(stream, plan, response, cancellation);
            return;
        }
        var held = new Queue<EngineResult>();
        try
        {
            var (progress, ended) = Hold(stream, held);
            response.Start(plan.Format, progress);
            while (held.TryDequeue(out var piece)) await WriteAsync(piece, response, cancellation);
            while (!ended)
            {
                var piece = stream.Fetch();
                ended = piece.Length == 0;
                await WriteAsync(piece, response, cancellation);
            }
            await response.CompleteAsync();
        }
        finally
        {
            foreach (IDisposable piece in held) piece.Dispose();
        }
    }

    private static (Progress Progress, bool Ended) Hold(EngineStream stream, Queue<EngineResult> held)
    {
        var progress = default(Progress);
        long bytes = 0;
        while (bytes <= Limits.HeldBackBytes)
        {
            var piece = stream.Fetch();
            held.Enqueue(piece);
            progress += piece.Progress;
            bytes += piece.Length;
            if (piece.Length == 0) return (progress, true);
        }
        return (progress, false);
    }

    private static async Task WriteAsync(EngineResult piece, ResponseWriter response, CancellationToken cancellation)
    {
        using IDisposable owner = piece;
        if (piece.Length > 0) await response.WriteAsync(piece.Memory, cancellation);
    }

    // wait_end_of_query: the result goes to a file first, so that its status is the query's and its memory is bounded.
    private static async Task WaitAndWriteAsync(EngineStream stream, StatementPlan plan, ResponseWriter response, CancellationToken cancellation)
    {
        await using var file = new FileStream(
            Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.None, 64 * 1024, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        var progress = default(Progress);
        for (var ended = false; !ended;)
        {
            using IDisposable owner = stream.Fetch();
            var piece = (EngineResult)owner;
            ended = piece.Length == 0;
            progress += piece.Progress;
            if (!ended) await file.WriteAsync(piece.Memory, cancellation);
        }
        file.Position = 0;
        response.Start(plan.Format, progress);
        var buffer = new byte[64 * 1024];
        while (await file.ReadAsync(buffer, cancellation) is > 0 and var read) await response.WriteAsync(buffer.AsMemory(0, read), cancellation);
        await response.CompleteAsync();
    }
}
