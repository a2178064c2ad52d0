using System.Collections.Concurrent;
using Npgsql;

namespace KpTelemetry.Ingest.Sources;

/// <summary>
/// Ranges of imports that are stored, in the order of their acknowledgement, which may not be their order in the file.
/// What is noted says only where an interrupted sending goes on: a range that is not noted is sent again and counted once.
/// </summary>
public sealed partial class SentRanges(ImportRegister imports, ILogger<SentRanges> log)
{
    private const int MostWaiting = 100;
    private readonly ConcurrentDictionary<Guid, Waiting> _waiting = new();

    private sealed class Waiting
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public SortedDictionary<long, (long To, long Rows)> Ranges { get; } = [];
    }

    /// <summary>Notes a stored range, and those that waited for it.</summary>
    public async Task NoteAsync(Guid import, long from, long to, long rows)
    {
        var waiting = _waiting.GetOrAdd(import, _ => new Waiting());
        await waiting.Gate.WaitAsync();
        try
        {
            waiting.Ranges[from] = (to, rows);
            while (waiting.Ranges.Count > 0)
            {
                var (first, (end, count)) = waiting.Ranges.First();
                if (!await imports.TryAdvanceAsync(import, first, end, count, CancellationToken.None) && waiting.Ranges.Count < MostWaiting)
                    return;
                waiting.Ranges.Remove(first);
            }
        }
        catch (NpgsqlException problem)
        {
            LogNotNoted(log, problem.GetType().Name);
        }
        finally
        {
            waiting.Gate.Release();
        }
    }

    /// <summary>Forgets an import that has ended.</summary>
    public void Forget(Guid import) => _waiting.TryRemove(import, out _);

    [LoggerMessage(Level = LogLevel.Warning, Message = "how far an import has come could not be noted ({Problem}); if it is interrupted, it goes on from further back")]
    private static partial void LogNotNoted(ILogger logger, string problem);
}
