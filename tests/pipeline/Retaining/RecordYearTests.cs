using KpTelemetry.Audit.EndingKeys;
using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.PlacingHolds;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Pipeline.Tests.Engines;
using KpTelemetry.Pipeline.Tests.Policies;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Processors.Policies;
using KpTelemetry.Processors.Retaining;
using KpTelemetry.Schemas.Policies;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Retaining;

/// <summary>The end of what the access record says, six years after the year it was recorded in (P16).</summary>
public sealed class RecordYearTests
{
    private static readonly DateTimeOffset Now = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("2026-12-31T23:59:59Z", false)]
    [InlineData("2027-01-01T00:00:00Z", true)]
    public void Year_EndsSixYearsAfterItIsOver(string now, bool ends) => Assert.Equal(ends, On(2020, PolicyBook.OfBuiltIn, at: now).MayEnd);

    [Theory]
    [InlineData("2020-12-31", null, false)]
    [InlineData("2019-01-01", "2020-01-01", false)]
    [InlineData("2021-01-01", null, true)]
    [InlineData("2019-01-01", "2019-12-31", true)]
    public void Hold_StopsEveryYearOfWhichItCoversADay(string from, string? to, bool ends) =>
        Assert.Equal(ends ? null : "a legal hold", On(2020, PolicyBook.OfBuiltIn, new HoldFacts(Day(from), to is null ? null : Day(to))).WaitsFor);

    [Fact]
    public void Revision_ThatIsStricter_ReachesBack_AndALaxerOneDoesNot()
    {
        var laxer = PolicyBook.Of([TestPolicies.Document(new DateOnly(2022, 1, 1), ("accessRecordYears", 10))]);
        Assert.Equal((true, false), (On(2020, laxer).MayEnd, On(2022, laxer, at: "2032-12-31T00:00:00Z").MayEnd));
        var stricter = PolicyBook.Of([TestPolicies.Document(new DateOnly(2022, 1, 1), ("accessRecordYears", 10)), TestPolicies.Document(new DateOnly(2028, 1, 1), ("accessRecordYears", 7))]);
        Assert.Equal(new DateTimeOffset(2031, 1, 1, 0, 0, 0, TimeSpan.Zero), On(2023, stricter, at: "2028-01-01T00:00:00Z").Until);
    }

    [Fact]
    public void Revision_PublishedBeforeTheKeyWasThere_SaysWhatTheBuiltInOneSays()
    {
        var document = System.Text.Json.Nodes.JsonNode.Parse(TestPolicies.Document(new DateOnly(2022, 1, 1), ("rawDays", 13)))!;
        document["values"]!.AsObject().Remove("accessRecordYears");
        Assert.Null(PolicyDocument.Read(document.ToJsonString(), out var problems));
        Assert.Equal(["values.accessRecordYears is missing"], problems);
        var values = PolicyBook.Of([document.ToJsonString()]).InForce(Now).Values;
        Assert.Equal((13, 6), (values[PolicyKeys.RawDays], values[PolicyKeys.AccessRecordYears]));
    }

    [Theory]
    [InlineData("person/member-access-2020", 2020)]
    [InlineData("person/case-preference-2031", 2031)]
    [InlineData("person/member", null)]
    [InlineData("people/1", null)]
    [InlineData("sealing/2020-01-01", null)]
    public void Key_OfTheRecordIsKnownByItsName(string name, int? year) => Assert.Equal(year, RecordYearKey.Of(name)?.Year);

    [Fact]
    public async Task Look_EndsYearsThatAreOver_OnTheRecord_UnlessTheyAreHeld()
    {
        await using var bench = await Bench.CreateAsync();
        var time = new FakeTimeProvider(Now);
        using var keys = KeyStore.Open(bench.KeysDirectory, time);
        using var metrics = new RetentionMetrics();
        var retention = new Retention(bench.Database, bench.Store, keys, new KeyEndings(bench.Record, time), new LegalHolds(bench.Record, time), new NoRecords(), new PublishedPolicies(bench.Database), metrics, time, NullLogger<Retention>.Instance);
        foreach (var name in (string[])["person/member-access-2020", "person/staff-access-2020", "person/member-disclosure-2019", "person/member-access-2021"])
            keys.GetOrCreate(name);
        // On somebody: it stops the year, since others' fields cannot end without theirs. And one on telemetry, which stops none.
        await ExecuteAsync(bench, "insert into kp.holds (hold, from_day, to_day, purpose, placed_at, covers, person) values (gen_random_uuid(), '2019-05-01', '2019-05-01', 'legal', now(), 'record', '\\x01')");
        await ExecuteAsync(bench, "insert into kp.holds (hold, from_day, purpose, placed_at, covers) values (gen_random_uuid(), '2000-01-01', 'legal', now(), 'telemetry')");

        await retention.LookAsync(bench.Topic, CancellationToken.None);
        Assert.Equal(["person/member-access-2021", "person/member-disclosure-2019"], keys.Living("person"));
        Assert.Equal(["person/member-access-2020", "person/staff-access-2020"], await EndedAsync(bench));
        Assert.Equal("a legal hold", await bench.ScalarAsync<string>("select waits_for from kp.retention_report where key = 'person/member-disclosure-2019'"));

        await ExecuteAsync(bench, "update kp.holds set lifted_at = now()");
        await retention.LookAsync(bench.Topic, CancellationToken.None);
        await retention.LookAsync(bench.Topic, CancellationToken.None);
        Assert.Equal(["person/member-access-2020", "person/member-disclosure-2019", "person/staff-access-2020"], await EndedAsync(bench));
        Assert.Equal(["person/member-access-2021"], keys.Living("person"));
    }

    [Fact]
    public async Task Look_AfterSomebodyDeletedTheRowOfAHold_EndsNothingThatItCovers()
    {
        await using var bench = await Bench.CreateAsync();
        var time = new FakeTimeProvider(Now);
        using var keys = KeyStore.Open(bench.KeysDirectory, time);
        using var metrics = new RetentionMetrics();
        var holds = new LegalHolds(bench.Record, time);
        var retention = new Retention(bench.Database, bench.Store, keys, new KeyEndings(bench.Record, time), holds, new NoRecords(), new PublishedPolicies(bench.Database), metrics, time, NullLogger<Retention>.Instance);
        keys.GetOrCreate("person/member-access-2020");
        keys.GetOrCreate("person/member-access-2019");
        await holds.PlaceAsync(new HoldScope("record", Day("2019-05-01"), Day("2019-05-01"), "legal", "a matter", null), new Acting("ada", "api", "trace"), CancellationToken.None);
        await ExecuteAsync(bench, "delete from kp.holds");
        await retention.LookAsync(bench.Topic, CancellationToken.None);
        Assert.Equal(["person/member-access-2020"], await EndedAsync(bench));
        Assert.Contains("person/member-access-2019", keys.Living("person"));
    }

    private sealed class NoRecords : IRecordDeletion
    {
        public Task DeleteBeforeAsync(string topic, IReadOnlyDictionary<int, long> offsets, CancellationToken cancellation) => Task.CompletedTask;
    }

    private static async Task<IEnumerable<string?>> EndedAsync(Bench bench) =>
        (await new RecordReader(bench.Record).ReadAsync(new RecordQuery(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1), "key-ended", null, 1000), CancellationToken.None)).Events.Select(line => line.Key).Order(StringComparer.Ordinal);

    private static RecordYearVerdict On(int year, PolicyBook book, HoldFacts? hold = null, string? at = null) =>
        new RecordYearRule(book, hold is null ? [] : [hold], at is null ? Now : DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture)).On(new RecordYearKey($"person/member-access-{year}", year));

    private static DateOnly Day(string day) => DateOnly.ParseExact(day, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private static async Task ExecuteAsync(Bench bench, string sql)
    {
        await using var command = bench.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
