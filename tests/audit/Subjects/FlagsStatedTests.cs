using System.Text;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.StatingFlags;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas.Members;
using NpgsqlTypes;

namespace KpTelemetry.Audit.Tests.Subjects;

/// <summary>P12, P14, P15: what portals say holds for a member is in that member's stream, each statement once.</summary>
public sealed class FlagsStatedTests
{
    private const string Member = "member-flagged-canary", Other = "member-flagged-other";

    [Fact]
    public async Task Taken_EachIsInItsMembersStreamOnceAndInItsOrder()
    {
        await using var record = await Record.CreateWholeAsync();
        await SayAsync(record, (Member, MemberFlags.OptedOut), (Other, MemberFlags.UnderAge), (Member, MemberFlags.OptedOut | MemberFlags.Restricted), (Member, MemberFlags.None));
        var statements = new MemberStatements(record.Store);
        Assert.Equal(new StatementsTaken(4, 0), await statements.TakeAsync(CancellationToken.None));
        Assert.Equal(default, await statements.TakeAsync(CancellationToken.None));

        var office = new Office(record);
        Assert.Equal(["opted-out", "restricted,opted-out", ""], await ToldAsync(office, Member));
        Assert.Equal(["under-13"], await ToldAsync(office, Other));
        await office.VerifyTreeAsync();
    }

    [Fact]
    public async Task Taken_ByTwoAtOnceAndWithACrash_NoneIsLostAndNoneIsThereTwice()
    {
        await using var record = await Record.CreateWholeAsync();
        await SayAsync(record, [.. Enumerable.Range(0, 1200).Select(i => (Member, i % 2 == 0 ? MemberFlags.OptedOut : MemberFlags.None))]);
        var statements = new MemberStatements(record.Store);
        using var crash = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        await TakeAllAsync(crash.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await Task.WhenAll(TakeAllAsync(CancellationToken.None), TakeAllAsync(CancellationToken.None));
        Assert.Equal(Enumerable.Range(0, 1200).Select(i => i % 2 == 0 ? "opted-out" : ""), await ToldAsync(new Office(record), Member));

        async Task TakeAllAsync(CancellationToken cancellation)
        {
            for (var left = 1L; left > 0;)
            {
                await statements.TakeAsync(cancellation);
                await using var count = record.Database.CreateCommand("select count(*) from kp.member_statements");
                left = (long)(await count.ExecuteScalarAsync(cancellation))!;
            }
        }
    }

    [Fact]
    public async Task Erased_WhatWasSaidBeforeOpensNoMoreAndWhatWaitedIsGone()
    {
        await using var record = await Record.CreateWholeAsync();
        var (office, statements) = (new Office(record), new MemberStatements(record.Store));
        await SayAsync(record, (Member, MemberFlags.OptedOut));
        await statements.TakeAsync(CancellationToken.None);
        var request = await office.VerifiedAsync("erase", Member);
        await SayAsync(record, (Member, MemberFlags.Restricted), (Other, MemberFlags.Restricted));
        Assert.Null((await office.EraseAsync(request)).Refusal);
        Assert.Equal(new StatementsTaken(1, 0), await statements.TakeAsync(CancellationToken.None));

        await SayAsync(record, (Member, MemberFlags.UnderAge));
        await statements.TakeAsync(CancellationToken.None);
        Assert.Equal(["under-13"], await ToldAsync(office, Member));
        Assert.Equal(["restricted"], await ToldAsync(office, Other));
        await office.VerifyTreeAsync();
    }

    [Fact]
    public async Task Taken_OfAKeyThatHasEnded_IsToldAsLostAndStopsNothing()
    {
        await using var record = await Record.CreateWholeAsync();
        await SayAsync(record, (Member, MemberFlags.OptedOut));
        record.Store.Keys.End(Key(record));
        await SayAsync(record, "sealing/2026-02-02", (Other, MemberFlags.OptedOut));
        Assert.Equal(new StatementsTaken(1, 1), await new MemberStatements(record.Store).TakeAsync(CancellationToken.None));
        Assert.Equal(["opted-out"], await ToldAsync(new Office(record), Other));
    }

    private static string Key(Record record) => KeyNames.Sealing(DateOnly.FromDateTime(record.Time.GetUtcNow().UtcDateTime));

    private static Task SayAsync(Record record, params (string Member, MemberFlags Flags)[] told) => SayAsync(record, Key(record), told);

    // As ingest writes it.
    private static async Task SayAsync(Record record, string key, params (string Member, MemberFlags Flags)[] told)
    {
        using var sealer = new Sealer(record.Store.Keys.GetOrCreate(key));
        await using var command = record.Database.CreateCommand("insert into kp.member_statements (member, key, sealed, told_at) select member, $3, sealed, $4 from unnest($1::bytea[], $2::bytea[]) as told (member, sealed)");
        var hashed = told.Select(one => FlaggedMembers.Stored(FlaggedMembers.Hash(record.Store.Keys.GetOrCreate(KeyNames.Members), Encoding.UTF8.GetBytes(one.Member)))).ToArray();
        command.Parameters.Add(new() { Value = hashed, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = told.Select(one => sealer.Seal(new MemberStatement(one.Member, one.Flags).ToBytes(), MemberStatement.Associated)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = key });
        command.Parameters.Add(new() { Value = record.Time.GetUtcNow() });
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<IEnumerable<string>> ToldAsync(Office office, string member) =>
        (await office.StreamAsync(member)).OrderBy(entry => entry.Index).Select(entry => entry.Opened?.Event).OfType<FlagsStated>().Select(told => string.Join(',', told.Flags));
}
