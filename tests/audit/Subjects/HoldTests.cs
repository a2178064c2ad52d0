using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.PlacingHolds;

namespace KpTelemetry.Audit.Tests.Subjects;

/// <summary>Legal holds stop what they cover, on the record.</summary>
public sealed class HoldTests
{
    private const string Member = "mrn-4711";

    [Theory]
    [InlineData("all", null, true)]
    [InlineData("record", null, true)]
    [InlineData("record", Member, true)]
    [InlineData("record", "mrn-4712", false)]
    [InlineData("telemetry", null, false)]
    public async Task Hold_StopsAnErasureThatItCovers_UntilItIsLifted(string covers, string? on, bool stops)
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        var id = await office.VerifiedAsync(RequestKinds.Erase, Member, "erase me");
        var hold = await office.Holds.PlaceAsync(Scope(covers, on), Office.Ada, CancellationToken.None);
        var stopped = await office.EraseAsync(id);
        Assert.Equal(stops ? $"the legal hold {hold.Id} stops it" : null, stopped.Refusal);
        Assert.Equal(stops, (await office.StreamAsync(Member))[0].Opened is not null);

        Assert.NotNull(await office.Holds.LiftAsync(hold.Id, "the matter is closed", Office.Ada, CancellationToken.None));
        Assert.Null(await office.Holds.LiftAsync(hold.Id, "again", Office.Ada, CancellationToken.None));
        Assert.Null((await office.EraseAsync(id)).Refusal);
        Assert.Null((await office.StreamAsync(Member))[0].Opened);
        Assert.Equal(["hold-lifted", "hold-placed"], (await record.AllAsync()).Events.Select(line => line.Kind).Where(kind => kind.StartsWith("hold", StringComparison.Ordinal)).Order());
    }

    [Theory]
    [InlineData("delete from kp.holds")]
    [InlineData("update kp.holds set lifted_at = now()")]
    [InlineData("update kp.holds set from_day = '2999-01-01'")]
    [InlineData("update kp.holds set person = '\\x00' where lifted_at is null")]
    [InlineData("update kp.holds set person = null, covers = 'telemetry'")]
    public async Task Hold_WhoseRowSomebodyChanged_StopsAllTheSame(string attack)
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        var id = await office.VerifiedAsync(RequestKinds.Erase, Member, "erase me");
        var lifted = await office.Holds.PlaceAsync(Scope("all", null), Office.Ada, CancellationToken.None);
        await office.Holds.LiftAsync(lifted.Id, "the matter is closed", Office.Ada, CancellationToken.None);
        var hold = await office.Holds.PlaceAsync(Scope("record", Member), Office.Ada, CancellationToken.None);
        Assert.Equal(0, await office.Holds.MendAsync(CancellationToken.None));
        await using (var changed = record.Database.CreateCommand($"set session_replication_role = replica; {attack}"))
            await changed.ExecuteNonQueryAsync();
        Assert.Equal($"the legal hold {hold.Id} stops it", (await office.EraseAsync(id)).Refusal);
        Assert.NotNull((await office.StreamAsync(Member))[0].Opened);

        await using (var changed = record.Database.CreateCommand(attack))
            await changed.ExecuteNonQueryAsync();
        Assert.Equal(1, await office.Holds.MendAsync(CancellationToken.None));
        Assert.NotNull(await office.Holds.LiftAsync(hold.Id, "the matter is closed", Office.Ada, CancellationToken.None));
        Assert.Null((await office.EraseAsync(id)).Refusal);
    }

    // Else it would say that nothing ends, of what ends a moment later.
    [Fact]
    public async Task Hold_WhileAnErasureIsUnderWay_WaitsForItsEnd()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        await using var connection = await record.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        Assert.Null(await office.Holds.StoppingAsync(transaction, new Person(PersonClass.Member, Member), CancellationToken.None));
        var placing = office.Holds.PlaceAsync(Scope("record", Member), Office.Ada, CancellationToken.None);
        while (!placing.IsCompleted && await record.ScalarAsync<long>("select count(*) from pg_locks where not granted and relation = 'kp.holds'::regclass") == 0)
            await Task.Yield();
        Assert.False(placing.IsCompleted);
        await transaction.RollbackAsync();
        Assert.Equal((await placing).Id, Assert.Single(await office.Holds.ListAsync(all: false, 10, CancellationToken.None)).Id);
    }

    [Fact]
    public async Task Hold_OfDaysToCome_StopsNothingYet_AndIsListedWithWhatItSays()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        var later = DateOnly.FromDateTime(Record.Start.UtcDateTime).AddDays(1);
        await office.Holds.PlaceAsync(Scope("all", null) with { From = later, To = later }, Office.Ada, CancellationToken.None);
        await office.Holds.PlaceAsync(Scope("record", "mrn-4712"), Office.Ada, CancellationToken.None);
        Assert.Null((await office.EraseAsync(await office.VerifiedAsync(RequestKinds.Erase, Member))).Refusal);
        var listed = await office.Holds.ListAsync(all: false, 10, CancellationToken.None);
        Assert.Equal([("all", later, null), ("record", null, "mrn-4712")], listed.Select(hold => (hold.Covers, hold.From, hold.Subject?.Name)).OrderBy(hold => hold.Covers, StringComparer.Ordinal));
        Assert.All(listed, hold => Assert.Equal(("Doe v. Kaiser", Office.Ada.User), (hold.Reason, hold.PlacedBy)));
    }

    private static HoldScope Scope(string covers, string? member) => new(covers, null, null, "litigation", "Doe v. Kaiser", member is null ? null : (KnownBy.Member, member));
}
