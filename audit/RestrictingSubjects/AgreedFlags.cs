using System.Text;
using KpTelemetry.Audit.People;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas.Members;
using Npgsql;

namespace KpTelemetry.Audit.RestrictingSubjects;

/// <summary>What cases put where the door reads it, in their transaction. Every ingest knows it within two seconds of the commit.</summary>
internal static class AgreedFlags
{
    private const string Agree =
        """
        insert into kp.member_flags as m (member, flags, agreed, version, changed_at) values ($1, 0, $2, nextval('kp.member_flag_versions'), $3)
        on conflict (member) do update set agreed = excluded.agreed, version = excluded.version, changed_at = excluded.changed_at
        """;

    // That no telemetry of a child is kept is the law's, not a choice of theirs: it outlives an erasure (P12).
    private const string Erase =
        "update kp.member_flags set flags = flags & $2, agreed = 0, version = nextval('kp.member_flag_versions'), changed_at = $3 where member = $1 and (flags & ~$2 <> 0 or agreed <> 0)";

    /// <summary>Has the door drop the member's telemetry, or no longer.</summary>
    public static Task SetAsync(NpgsqlTransaction transaction, KeyStore keys, Person member, bool restricted, DateTimeOffset now, CancellationToken cancellation) =>
        WriteAsync(transaction, Agree, keys, member, (int)(restricted ? MemberFlags.Restricted : MemberFlags.None), now, cancellation);

    /// <summary>Takes back what the member chose and what was agreed.</summary>
    public static Task EraseAsync(NpgsqlTransaction transaction, KeyStore keys, Person member, DateTimeOffset now, CancellationToken cancellation) =>
        WriteAsync(transaction, Erase, keys, member, (int)MemberFlags.UnderAge, now, cancellation);

    private static async Task WriteAsync(NpgsqlTransaction transaction, string sql, KeyStore keys, Person member, int flags, DateTimeOffset now, CancellationToken cancellation)
    {
        var hash = FlaggedMembers.Stored(FlaggedMembers.Hash(keys.GetOrCreate(KeyNames.Members), Encoding.UTF8.GetBytes(member.Name)));
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            BatchCommands =
            {
                new(FlaggedMembers.Lock),
                new(sql) { Parameters = { new() { Value = hash }, new() { Value = flags }, new() { Value = now } } },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellation);
    }
}
