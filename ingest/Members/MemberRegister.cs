using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using KpTelemetry.Ingest.Refreshing;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Members;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Ingest.Members;

/// <summary>
/// Members whose telemetry is dropped at the door. Whole in memory, so that no line waits for a look-up, by keyed hashes;
/// PostgreSQL has the same. In force at once here, and within <see cref="RefreshEvery"/> in every other ingest. What changes
/// by a statement goes to the access record, which this process has no access to, through <c>kp.member_statements</c>.
/// </summary>
public sealed class MemberRegister(NpgsqlDataSource database, KeyStore keys, TimeProvider time, ILogger<MemberRegister> log)
    : RefreshedRegister(RefreshEvery, "flags of members", time, log)
{
    /// <summary>How often what others were told is read.</summary>
    public static readonly TimeSpan RefreshEvery = TimeSpan.FromSeconds(2);

    /// <summary>Most members with flags; more are refused, since memory holds them all.</summary>
    internal const int MostMembers = 2_000_000;

    // A row that takes flags back is forgotten after a day; whoever has not looked for half of that reads everything anew.
    private static readonly TimeSpan TakenBackIsKept = TimeSpan.FromDays(1);
    private static readonly TimeSpan LooksAreTrusted = TimeSpan.FromHours(12);

    private const string Forget = "delete from kp.member_flags where flags = 0 and agreed = 0 and changed_at < $1";

    private const string WriteFlags =
        """
        insert into kp.member_flags as m (member, flags, version, changed_at)
        select told.member, told.flags, nextval('kp.member_flag_versions'), $3 from unnest($1::bytea[], $2::int[]) as told (member, flags)
        where told.flags <> 0 or exists (select from kp.member_flags known where known.member = told.member)
        on conflict (member) do update set flags = excluded.flags, version = excluded.version, changed_at = excluded.changed_at where m.flags <> excluded.flags
        returning member
        """;

    private const string State = "insert into kp.member_statements (member, key, sealed, told_at) select told.member, $3, told.sealed, $4 from unnest($1::bytea[], $2::bytea[]) as told (member, sealed)";

    private ConcurrentDictionary<UInt128, MemberFlags> _flags = new();
    private long _version;
    private long _lookedAt;

    /// <summary>Why an event of this member is dropped; <see cref="Reason.None"/> where it is not.</summary>
    public Reason Drops(ReadOnlySpan<byte> member)
    {
        var known = _flags;
        return !known.IsEmpty && known.TryGetValue(HashOf(member), out var flags) ? flags.Drops() : Reason.None;
    }

    /// <summary>Takes what a portal says of members, replacing what was said of them before. False where the register is full.</summary>
    internal async Task<bool> TryTakeAsync(IReadOnlyList<MemberStatement> statements, CancellationToken cancellation)
    {
        if (_flags.Count + statements.Count > MostMembers)
            return false;
        // Of two statements about one member the later holds.
        var last = statements.GroupBy(statement => statement.Member, StringComparer.Ordinal).Select(group => group.Last()).ToArray();
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await WriteAsync(connection, last, cancellation);
        await transaction.CommitAsync(cancellation);
        await RefreshAsync(cancellation);
        return true;
    }

    /// <inheritdoc/>
    protected override async Task ReadAsync(CancellationToken cancellation)
    {
        var now = Time.GetTimestamp();
        var isTrusted = _lookedAt != 0 && Time.GetElapsedTime(_lookedAt, now) <= LooksAreTrusted;
        var known = isTrusted ? _flags : new ConcurrentDictionary<UInt128, MemberFlags>();
        _version = await ReadAsync(known, isTrusted ? _version : 0, cancellation);
        _flags = known;
        _lookedAt = now;
    }

    private async Task WriteAsync(NpgsqlConnection connection, MemberStatement[] statements, CancellationToken cancellation)
    {
        var (now, byHash) = (Time.GetUtcNow(), statements.ToDictionary(statement => HashOf(Encoding.UTF8.GetBytes(statement.Member))));
        var changed = new List<UInt128>();
        await using (var batch = Write(connection, byHash, now))
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellation);
            // The lock's own answer.
            await reader.NextResultAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
                changed.Add(BinaryPrimitives.ReadUInt128BigEndian(reader.GetFieldValue<byte[]>(0)));
        }

        if (changed.Count > 0)
            await StateAsync(connection, changed.ConvertAll(hash => (hash, byHash[hash])), now, cancellation);
    }

    private static NpgsqlBatch Write(NpgsqlConnection connection, Dictionary<UInt128, MemberStatement> statements, DateTimeOffset now) => new(connection)
    {
        BatchCommands =
        {
            new(FlaggedMembers.Lock),
            new(Forget) { Parameters = { new() { Value = now - TakenBackIsKept } } },
            new(WriteFlags)
            {
                Parameters =
                {
                    new() { Value = statements.Keys.Select(FlaggedMembers.Stored).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                    new() { Value = statements.Values.Select(statement => (int)statement.Flags).ToArray() },
                    new() { Value = now },
                },
            },
        },
    };

    private async Task StateAsync(NpgsqlConnection connection, List<(UInt128 Hash, MemberStatement Told)> changed, DateTimeOffset now, CancellationToken cancellation)
    {
        var key = KeyNames.Sealing(DateOnly.FromDateTime(now.UtcDateTime));
        using var sealer = new Sealer(keys.GetOrCreate(key));
        await using var command = new NpgsqlCommand(State, connection)
        {
            Parameters =
            {
                new() { Value = changed.Select(one => FlaggedMembers.Stored(one.Hash)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                new() { Value = changed.Select(one => sealer.Seal(one.Told.ToBytes(), MemberStatement.Associated)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                new() { Value = key },
                new() { Value = now },
            },
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task<long> ReadAsync(ConcurrentDictionary<UInt128, MemberFlags> known, long after, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select member, flags | agreed, version from kp.member_flags where version > $1 order by version");
        command.Parameters.Add(new() { Value = after });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var member = BinaryPrimitives.ReadUInt128BigEndian(reader.GetFieldValue<byte[]>(0));
            if (reader.GetInt32(1) is not 0 and var flags)
                known[member] = (MemberFlags)flags;
            else
                known.TryRemove(member, out _);
            after = reader.GetInt64(2);
        }

        return after;
    }

    private UInt128 HashOf(ReadOnlySpan<byte> member) => FlaggedMembers.Hash(keys.GetOrCreate(KeyNames.Members), member);
}
