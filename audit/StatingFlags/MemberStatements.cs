using System.Text;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas.Members;
using Npgsql;

namespace KpTelemetry.Audit.StatingFlags;

/// <summary>How far statements of portals have come.</summary>
/// <param name="Recorded">New on the record.</param>
/// <param name="Lost">Whose key had ended before they came to it.</param>
public readonly record struct StatementsTaken(int Recorded, int Lost);

/// <summary>
/// Puts what portals said of members on the record, each once: the row that ingest wrote together with the flags goes in the
/// transaction of its entry.
/// </summary>
public sealed class MemberStatements(RecordStore store)
{
    /// <summary>Most that one call takes; where it took as many, there may be more.</summary>
    public const int Most = 500;

    // One process at a time, so that a member's statements keep their order.
    private const string TryLock = "select pg_try_advisory_xact_lock(7809636)";
    private const string Take = "delete from kp.member_statements where id in (select id from kp.member_statements order by id limit $1) returning id, key, sealed, told_at";
    private const string Drop = "delete from kp.member_statements where member = $1";

    private sealed record Row(long Id, string Key, byte[] Sealed, DateTimeOffset ToldAt);

    /// <summary>Takes up to <see cref="Most"/>, the oldest first. Throws <see cref="NpgsqlException"/> where the store is away; nothing is lost then.</summary>
    public async Task<StatementsTaken> TakeAsync(CancellationToken cancellation)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (await TakeAsync(transaction, cancellation) is not { Count: > 0 } rows)
            return default;
        List<Draft> drafts = [.. rows.OrderBy(row => row.Id).Select(DraftOf).OfType<Draft>()];
        if (drafts.Count > 0)
            await store.Appender.AppendAsync(transaction, drafts, access: false, cancellation);
        await transaction.CommitAsync(cancellation);
        return new StatementsTaken(drafts.Count, rows.Count - drafts.Count);
    }

    /// <summary>Drops what a member's portal said and is not on the record yet: an erasure is not followed by what came before it.</summary>
    internal static async Task DropAsync(NpgsqlTransaction transaction, KeyStore keys, Person member, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Drop, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = FlaggedMembers.Stored(FlaggedMembers.Hash(keys.GetOrCreate(KeyNames.Members), Encoding.UTF8.GetBytes(member.Name))) } },
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<List<Row>> TakeAsync(NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        await using (var locking = new NpgsqlCommand(TryLock, transaction.Connection, transaction))
        {
            if (await locking.ExecuteScalarAsync(cancellation) is not true)
                return [];
        }

        await using var taking = new NpgsqlCommand(Take, transaction.Connection, transaction) { Parameters = { new() { Value = Most } } };
        await using var reader = await taking.ExecuteReaderAsync(cancellation);
        var rows = new List<Row>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(new Row(reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2), reader.GetFieldValue<DateTimeOffset>(3)));
        return rows;
    }

    private Draft? DraftOf(Row row)
    {
        if (store.Keys.Find(row.Key) is not { } key)
            return null;
        using var sealer = new Sealer(key);
        if (sealer.Open(row.Sealed, MemberStatement.Associated) is not { } opened)
            return null;
        var told = MemberStatement.Of(opened);
        return new Draft(new Person(PersonClass.Member, told.Member), new FlagsStated { At = row.ToldAt.ToRecordTime(), Outcome = Outcomes.Success, Channel = "api", Origin = "portal", Flags = MemberFlagNames.Of(told.Flags) });
    }
}
