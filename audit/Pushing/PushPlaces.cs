using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Npgsql;

namespace KpTelemetry.Audit.Pushing;

/// <summary>Where a SIEM is told next.</summary>
/// <param name="Next">The index of the next entry.</param>
/// <param name="IsOurs">Whether that was noted here, of the record as it is; else it is 0, and the SIEM is told everything anew.</param>
internal readonly record struct PushPlace(long Next, bool IsOurs);

/// <summary>
/// How far each SIEM has been told: <c>audit.pushes</c>, each row under an HMAC of the record's key that also covers the leaf
/// of the last entry that was told. Who has the database alone cannot move a place forward, and a place in a record that was
/// cut or written anew is none. An earlier place that was noted once is one: what is told twice is known by its index.
/// </summary>
internal sealed class PushPlaces(RecordStore store)
{
    private const int LockSpace = 0x6B70_7075;
    private const string Select = "select p.next, p.tag, e.leaf from audit.pushes p left join audit.entries e on e.index = p.next - 1 where p.sink = $1";
    private const string Leaf = "select leaf from audit.entries where index = $1";
    private const string Move = "insert into audit.pushes (sink, next, tag) values ($1, $2, $3) on conflict (sink) do update set next = excluded.next, tag = excluded.tag";
    private static readonly byte[] Purpose = [.. "pushed up to here"u8];

    /// <summary>The place of a sink, whose lock is held until the transaction ends; null where another process holds it.</summary>
    public async Task<PushPlace?> TakeAsync(NpgsqlTransaction transaction, string sink, CancellationToken cancellation)
    {
        await using (var locking = new NpgsqlCommand("select pg_try_advisory_xact_lock($1, hashtext($2))", transaction.Connection, transaction) { Parameters = { new() { Value = LockSpace }, new() { Value = sink } } })
        {
            if (await locking.ExecuteScalarAsync(cancellation) is not true)
                return null;
        }

        await using var command = new NpgsqlCommand(Select, transaction.Connection, transaction) { Parameters = { new() { Value = sink } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return new PushPlace(0, IsOurs: true);
        var next = reader.GetInt64(0);
        var isOurs = !await reader.IsDBNullAsync(2, cancellation) && CryptographicOperations.FixedTimeEquals(Tag(sink, next, reader.GetFieldValue<byte[]>(2)), reader.GetFieldValue<byte[]>(1));
        return isOurs ? new PushPlace(next, IsOurs: true) : new PushPlace(0, IsOurs: false);
    }

    /// <summary>Notes that a sink has taken everything before an entry.</summary>
    public async Task MoveAsync(NpgsqlTransaction transaction, string sink, long next, CancellationToken cancellation)
    {
        await using var last = new NpgsqlCommand(Leaf, transaction.Connection, transaction) { Parameters = { new() { Value = next - 1 } } };
        var leaf = (byte[])(await last.ExecuteScalarAsync(cancellation))!;
        await using var move = new NpgsqlCommand(Move, transaction.Connection, transaction) { Parameters = { new() { Value = sink }, new() { Value = next }, new() { Value = Tag(sink, next, leaf) } } };
        await move.ExecuteNonQueryAsync(cancellation);
    }

    private byte[] Tag(string sink, long next, byte[] leaf)
    {
        var place = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(place, next);
        return HMACSHA256.HashData(store.Keys.GetOrCreate(KeyNames.RecordHead), (byte[])[.. Purpose, .. place, .. leaf, .. Encoding.UTF8.GetBytes(sink)]);
    }
}
