using KpTelemetry.Audit.Storing;
using Npgsql;

namespace KpTelemetry.Audit.ProjectingActivity;

/// <summary>
/// Which generation of the projection's tables answers, and which is being built beside it. That another one answers is one
/// row's change: a read sees the one or the other, whole.
/// </summary>
public sealed class Generations(RecordStore store)
{
    private const string Select = "select g.generation, g.version, g.answers, g.entries, h.entries from audit.generations g cross join audit.head h order by g.generation";

    // The first one answers from the start: before it nothing does.
    private const string Insert = "insert into audit.generations (version, answers) select $1, not exists (select from audit.generations where answers) on conflict do nothing";

    // Held still, so that what is compared is what reads see: the projection moves these rows with its figures.
    private const string Hold = "select from audit.generations order by generation for update";

    private const string IsLevel = "select exists (select from audit.generations built, audit.generations old where not built.answers and old.answers and built.entries >= old.entries)";

    private static readonly string[] Switch = ["delete from audit.generations where answers", "update audit.generations set answers = true"];

    private static readonly string[] Sweep =
    [
        "delete from audit.mt_event_progression where name like 'activity-%' and name not in (select 'activity-' || generation || ':All' from audit.generations)",
        .. ((string[])["acts", "acted", "looks", "failures"]).Select(table => $"delete from audit.{table} where generation <> all (array(select generation from audit.generations))"),
    ];

    internal static string NameOf(int generation) => $"activity-{generation}";

    /// <summary>The generations there are, the oldest first.</summary>
    public async Task<IReadOnlyList<Generation>> ReadAsync(CancellationToken cancellation)
    {
        await using var command = store.Database.CreateCommand(Select);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var generations = new List<Generation>();
        while (await reader.ReadAsync(cancellation))
            generations.Add(new Generation(reader.GetInt32(0), reader.GetInt32(1), reader.GetBoolean(2), reader.GetInt64(3), reader.GetInt64(4)));
        return generations;
    }

    /// <summary>Begins one more, where none is being built; false where one is. The processors build it.</summary>
    public async Task<bool> TryBeginAsync(CancellationToken cancellation)
    {
        await using var command = store.Database.CreateCommand(Insert);
        command.Parameters.Add(new() { Value = ActivityProjection.Version });
        return await command.ExecuteNonQueryAsync(cancellation) > 0;
    }

    /// <summary>Gives up the one that is being built.</summary>
    internal Task DropBuildingAsync(CancellationToken cancellation) => ExecuteAsync(["delete from audit.generations where not answers"], cancellation);

    /// <summary>Lets the one that is being built answer, where it has all that the other has; whether it does.</summary>
    internal async Task<bool> TrySwitchAsync(CancellationToken cancellation)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var hold = new NpgsqlCommand(Hold, connection, transaction))
            await hold.ExecuteNonQueryAsync(cancellation);
        await using (var level = new NpgsqlCommand(IsLevel, connection, transaction))
        {
            if (await level.ExecuteScalarAsync(cancellation) is not true)
                return false;
        }

        foreach (var step in Switch)
        {
            await using var command = new NpgsqlCommand(step, connection, transaction);
            await command.ExecuteNonQueryAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
        return true;
    }

    /// <summary>Takes away what belongs to no generation any more.</summary>
    internal Task SweepAsync(CancellationToken cancellation) => ExecuteAsync(Sweep, cancellation);

    private async Task ExecuteAsync(IEnumerable<string> steps, CancellationToken cancellation)
    {
        foreach (var step in steps)
        {
            await using var command = store.Database.CreateCommand(step);
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }
}
