using System.Data;
using KpTelemetry.Audit.Storing;
using Npgsql;

namespace KpTelemetry.Audit.ProjectingActivity;

/// <summary>What a look came to.</summary>
/// <param name="Generations">The generations, where this process is the one that works on them; none where another is.</param>
/// <param name="Switched">The generation that answers from now on, where that has changed.</param>
/// <param name="Failure">The type of a failure that the projection waits for the end of.</param>
public sealed record ActivityLook(IReadOnlyList<Generation> Generations, int? Switched, string? Failure);

/// <summary>
/// Keeps the projection: one process at a time (an advisory lock, held by a connection of its own) has Marten's daemon work
/// on the generation that answers, and on the one that is built beside it. A generation is built where one is asked for, and
/// where the one that answers is of another version of the program. For one caller at a time.
/// </summary>
public sealed class ActivityKeeper(RecordStore store) : IAsyncDisposable
{
    private const long KeepingLock = 0x6B70_6163;

    // So close behind the one that answers, the new one is let catch up: the other rests until it is swept away.
    private const long Near = 50_000;

    private readonly Generations _generations = new(store);
    private readonly Dictionary<int, GenerationDaemon> _daemons = [];
    private NpgsqlConnection? _lock;

    /// <summary>Does what there is to do. Throws what the database does; then nothing is held and the next look begins anew.</summary>
    public async Task<ActivityLook> LookAsync(CancellationToken cancellation)
    {
        try
        {
            return await HoldsAsync(cancellation) ? await TendAsync(cancellation) : new ActivityLook([], null, null);
        }
        catch
        {
            await LetGoAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await LetGoAsync();

    private async Task<bool> HoldsAsync(CancellationToken cancellation)
    {
        if (_lock is { State: not ConnectionState.Open })
            await LetGoAsync();
        if (_lock is not null)
        {
            // Lost with its connection, and then another process may have it.
            await using var ping = new NpgsqlCommand("select 1", _lock);
            await ping.ExecuteNonQueryAsync(cancellation);
            return true;
        }

        var connection = await store.Database.OpenConnectionAsync(cancellation);
        await using var taking = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = KeepingLock } } };
        if (await taking.ExecuteScalarAsync(cancellation) is not true)
        {
            await connection.DisposeAsync();
            return false;
        }

        _lock = connection;
        await _generations.SweepAsync(cancellation);
        return true;
    }

    private async Task<ActivityLook> TendAsync(CancellationToken cancellation)
    {
        var (answering, building) = await CurrentAsync(cancellation);
        await WorkOnAsync([.. Worked(answering, building)]);
        var switched = building is not null && await _generations.TrySwitchAsync(cancellation);
        if (switched)
        {
            await WorkOnAsync([building!.Number]);
            await _generations.SweepAsync(cancellation);
        }

        return new ActivityLook(await _generations.ReadAsync(cancellation), switched ? building!.Number : null, await EndFailedAsync());
    }

    // The next look starts it anew, from where the figures are.
    private async Task<string?> EndFailedAsync()
    {
        string? told = null;
        foreach (var (number, failure) in _daemons.Select(daemon => (daemon.Key, daemon.Value.Failure)).Where(daemon => daemon.Failure is not null).ToList())
        {
            told = failure;
            _daemons.Remove(number, out var daemon);
            await daemon!.DisposeAsync();
        }

        return told;
    }

    private async Task<(Generation Answering, Generation? Building)> CurrentAsync(CancellationToken cancellation)
    {
        var generations = await _generations.ReadAsync(cancellation);
        if (generations.SingleOrDefault(generation => !generation.Answers) is { Version: not ActivityProjection.Version })
        {
            await _generations.DropBuildingAsync(cancellation);
            return await CurrentAsync(cancellation);
        }

        if (generations.Count is 0 or 1 && generations.FirstOrDefault()?.Version != ActivityProjection.Version && await _generations.TryBeginAsync(cancellation))
            return await CurrentAsync(cancellation);
        return (generations.Single(generation => generation.Answers), generations.SingleOrDefault(generation => !generation.Answers));
    }

    private static IEnumerable<int> Worked(Generation answering, Generation? building)
    {
        if (answering.Version == ActivityProjection.Version && (building is null || building.Entries + Near < answering.Entries))
            yield return answering.Number;
        if (building is not null)
            yield return building.Number;
    }

    private async Task WorkOnAsync(IReadOnlyCollection<int> numbers)
    {
        foreach (var gone in _daemons.Keys.Except(numbers).ToList())
        {
            _daemons.Remove(gone, out var daemon);
            await daemon!.DisposeAsync();
        }

        foreach (var missing in numbers.Where(number => !_daemons.ContainsKey(number)).ToList())
            _daemons.Add(missing, await GenerationDaemon.StartAsync(store, missing));
    }

    private async Task LetGoAsync()
    {
        await WorkOnAsync([]);
        if (_lock is not { } held)
            return;
        _lock = null;
        try
        {
            // A connection goes back to its pool with what it holds: the lock would stay taken. A broken one holds nothing.
            if (held.State == ConnectionState.Open)
            {
                await using var letting = new NpgsqlCommand("select pg_advisory_unlock($1)", held) { Parameters = { new() { Value = KeepingLock } } };
                await letting.ExecuteNonQueryAsync();
            }
        }
        catch (NpgsqlException)
        {
            // It broke just now.
        }

        await held.DisposeAsync();
    }
}
