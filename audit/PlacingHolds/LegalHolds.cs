using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Audit.PlacingHolds;

/// <summary>
/// Legal holds (P16): in <c>kp.holds</c>, which retention and erasure ask, and on the record, both or neither. Whom a hold is
/// on is in the table as a token only. The table is made what the record says before anything ends, so that nobody ends a hold
/// by changing a row. Every method that changes something throws <c>RecordUnavailableException</c>.
/// </summary>
public sealed class LegalHolds(RecordStore store, TimeProvider time)
{
    private const int TokenBytes = 16;
    private const string Insert = "insert into kp.holds (hold, from_day, to_day, purpose, placed_at, covers, person) values ($1, $2, $3, $4, $5, $6, $7)";
    private const string Lift = "update kp.holds set lifted_at = $2 where hold = $1 and lifted_at is null";
    private const string Select = "select hold from kp.holds where $1 or lifted_at is null order by placed_at desc, hold limit $2";

    // Whoever places a hold waits for this transaction, and comes before it or after it; and of two that mend, one.
    private const string LockAll = "lock table kp.holds in share row exclusive mode";
    private const string PlacedStreams = "select distinct stream from audit.entries where kind = $1";

    // A row without an entry holds all the same, and a hold on somebody who does not open is one on everybody.
    private const string Mend =
        """
        insert into kp.holds as h (hold, from_day, to_day, purpose, placed_at, covers, person)
        select * from unnest($1::uuid[], $2::date[], $3::date[], $4::text[], $5::timestamptz[], $6::text[], $7::bytea[])
        on conflict (hold) do update set from_day = excluded.from_day, to_day = excluded.to_day, purpose = excluded.purpose, covers = excluded.covers, person = excluded.person, lifted_at = null
        where h.lifted_at is not null
            or (h.from_day, h.to_day, h.purpose, h.covers, h.person) is distinct from (excluded.from_day, excluded.to_day, excluded.purpose, excluded.covers, excluded.person)
        """;

    private const string Stopping = "select hold from kp.holds where lifted_at is null and covers in ('all', 'record') and from_day <= $1 and (person is null or person = $2) order by placed_at, hold limit 1";

    private readonly RecordStreams _streams = new(store);
    private readonly RecordTransaction _transactions = new(store, time, RequestWork.Deadline);

    private DateTimeOffset Now => time.GetRecordNow();

    /// <summary>Places a hold. What had ended before stays ended.</summary>
    public Task<LegalHold> PlaceAsync(HoldScope scope, Acting acting, CancellationToken cancellation) => _transactions.CommitAsync(
        async (transaction, ending) =>
        {
            var (id, now) = (new Guid(RandomNumberGenerator.GetBytes(16)), Now);
            Person? subject = scope.Subject is { } named ? KnownBy.Find(named.KnownBy, named.Value) : null;
            await InsertAsync(transaction, id, scope, subject, now, ending);
            await store.Appender.AppendAsync(transaction, [Draft(id, Placed(scope, acting, now), subject, acting)], access: false, ending);
            return (await FindAsync(transaction.Connection!, [id], ending)).Single();
        },
        cancellation);

    /// <summary>Lifts a hold. Null where there is none of that id in force.</summary>
    public Task<LegalHold?> LiftAsync(Guid id, string reason, Acting acting, CancellationToken cancellation) => _transactions.CommitAsync(
        async (transaction, ending) =>
        {
            var now = Now;
            await using (var lift = new NpgsqlCommand(Lift, transaction.Connection, transaction) { Parameters = { new() { Value = id }, new() { Value = now } } })
            {
                if (await lift.ExecuteNonQueryAsync(ending) == 0)
                    return null;
            }

            // One that was placed without the record is lifted all the same; the entry says so.
            var hold = (await FindAsync(transaction.Connection!, [id], ending)).SingleOrDefault();
            var lifted = new HoldLifted { At = now, Outcome = Outcomes.Success, Channel = acting.Channel, Origin = Acting.Origin, Case = id.ToString("N"), Correlation = acting.Correlation, Reason = reason };
            await store.Appender.AppendAsync(transaction, [Draft(id, lifted, hold?.Subject, acting)], access: false, ending);
            return hold is null ? null : hold with { LiftedAt = now };
        },
        cancellation);

    /// <summary>Holds, the newest first; those that are lifted where <paramref name="all"/>.</summary>
    public async Task<IReadOnlyList<LegalHold>> ListAsync(bool all, int limit, CancellationToken cancellation)
    {
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        var ids = new List<Guid>();
        await using (var command = new NpgsqlCommand(Select, connection) { Parameters = { new() { Value = all }, new() { Value = limit } } })
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
                ids.Add(reader.GetGuid(0));
        }

        return await FindAsync(connection, ids, cancellation);
    }

    /// <summary>Has every hold in force on the record be in the table as it was placed: how many rows were not.</summary>
    public Task<int> MendAsync(CancellationToken cancellation) => _transactions.CommitAsync(
        async (transaction, ending) =>
        {
            await LockAsync(transaction, ending);
            return await MendAsync(transaction, ending);
        },
        cancellation);

    /// <summary>The oldest hold that stops an erasure of that person; null where none does. None can be placed until the transaction ends.</summary>
    internal async Task<Guid?> StoppingAsync(NpgsqlTransaction transaction, Person person, CancellationToken cancellation)
    {
        await LockAsync(transaction, cancellation);
        await MendAsync(transaction, cancellation);
        await using var command = new NpgsqlCommand(Stopping, transaction.Connection, transaction) { Parameters = { new() { Value = DateOnly.FromDateTime(Now.UtcDateTime) }, new() { Value = TokenOf(person) } } };
        return (Guid?)await command.ExecuteScalarAsync(cancellation);
    }

    private static async Task LockAsync(NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        await using var locking = new NpgsqlCommand(LockAll, transaction.Connection, transaction);
        await locking.ExecuteNonQueryAsync(cancellation);
    }

    private async Task<int> MendAsync(NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        var holds = (await PlacedAsync(transaction, cancellation)).Where(hold => hold.LiftedAt is null).ToList();
        await using var command = new NpgsqlCommand(Mend, transaction.Connection, transaction);
        command.Parameters.Add(new() { Value = holds.Select(hold => hold.Id).ToArray() });
        command.Parameters.Add(new() { Value = holds.Select(hold => hold.From ?? DateOnly.MinValue).ToArray() });
        command.Parameters.Add(new() { Value = holds.Select(hold => hold.To).ToArray() });
        command.Parameters.Add(new() { Value = holds.Select(hold => hold.Ground).ToArray() });
        command.Parameters.Add(new() { Value = holds.Select(hold => hold.PlacedAt.UtcDateTime).ToArray() });
        command.Parameters.Add(new() { Value = holds.Select(hold => hold.Covers).ToArray() });
        command.Parameters.Add(new() { Value = holds.Select(hold => hold.Subject is { } person ? TokenOf(person) : null).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task<IEnumerable<LegalHold>> PlacedAsync(NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        var streams = new List<Guid>();
        await using (var command = new NpgsqlCommand(PlacedStreams, transaction.Connection, transaction) { Parameters = { new() { Value = EventKinds.Token("hold-placed", store.Keys.GetOrCreate(KeyNames.People)) } } })
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
                streams.Add(reader.GetGuid(0));
        }

        return (await _streams.ReadAsync(transaction.Connection!, streams, -1, int.MaxValue, cancellation)).GroupBy(entry => entry.Stream)
            .Select(stream => LegalHold.IdOf(stream.First().Opened?.Name) is { } id ? LegalHold.Fold(id, stream) : null).OfType<LegalHold>();
    }

    private async Task InsertAsync(NpgsqlTransaction transaction, Guid id, HoldScope scope, Person? subject, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var insert = new NpgsqlCommand(Insert, transaction.Connection, transaction);
        insert.Parameters.Add(new() { Value = id });
        insert.Parameters.Add(new() { Value = scope.From ?? DateOnly.MinValue });
        insert.Parameters.Add(new() { Value = scope.To ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date });
        insert.Parameters.Add(new() { Value = scope.Ground });
        insert.Parameters.Add(new() { Value = now });
        insert.Parameters.Add(new() { Value = scope.Covers });
        insert.Parameters.Add(new() { Value = subject is { } person ? TokenOf(person) : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea });
        await insert.ExecuteNonQueryAsync(cancellation);
    }

    private static HoldPlaced Placed(HoldScope scope, Acting acting, DateTimeOffset now) => new()
    {
        At = now, Outcome = Outcomes.Success, Channel = acting.Channel, Origin = Acting.Origin, Correlation = acting.Correlation,
        Covers = scope.Covers, From = scope.From, To = scope.To, Ground = scope.Ground, Reason = scope.Reason, KnownBy = scope.Subject?.KnownBy,
    };

    private static Draft Draft(Guid id, RecordedEvent told, Person? subject, Acting acting) => new(LegalHold.CaseOf(id), told with { Case = id.ToString("N") })
    {
        Others = [.. subject is { } person ? (Other[])[new Other(NamedAs.Subject, person)] : [], new Other(NamedAs.Actor, acting.Person)],
    };

    private async Task<IReadOnlyList<LegalHold>> FindAsync(NpgsqlConnection connection, IReadOnlyList<Guid> ids, CancellationToken cancellation)
    {
        var streams = ids.Select(id => (Id: id, store.Vault.Find(LegalHold.CaseOf(id))?.Stream)).Where(found => found.Stream is not null).ToList();
        var entries = (await _streams.ReadAsync(connection, [.. streams.Select(found => found.Stream!.Value)], -1, int.MaxValue, cancellation)).ToLookup(entry => entry.Stream);
        return [.. streams.Select(found => LegalHold.Fold(found.Id, entries[found.Stream!.Value])).OfType<LegalHold>()];
    }

    // Not the token of the look-up: what is in PostgreSQL and what is in the key store have nothing in common.
    private byte[] TokenOf(Person person) =>
        HMACSHA256.HashData(store.Keys.GetOrCreate(KeyNames.People), (byte[])[.. "hold:"u8, (byte)person.Class, .. Encoding.UTF8.GetBytes(person.Name)])[..TokenBytes];
}
