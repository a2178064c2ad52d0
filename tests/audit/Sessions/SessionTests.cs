using CsCheck;
using KpTelemetry.Audit.EndingKeys;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.ReadingMembers;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Audit.Tests.Sessions;

/// <summary>P0: a member's session that ends by 20 minutes without activity is on the record, by the log alone. With crashes and rebalancing: <c>RebalancingTests</c>.</summary>
public sealed class SessionTests
{
    private const long Minute = 60_000;
    private static readonly Guid Topic = new("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b0bb");
    private static readonly Guid Import = new("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b0cc");
    private static readonly long Start = Record.Start.ToUnixTimeMilliseconds();

    private int _number;

    [Fact]
    public async Task Session_WithoutActivity_EndsTwentyMinutesAfterTheLast_OnceTheClockHasPassedThat()
    {
        await using var record = await Record.CreateAsync();
        await AppendAsync(record, [At(0, "signed-on"), At(12), At(5)], Clock(20), Clock(31));
        Assert.Equal(["signed-on 0", "service-accessed 5", "service-accessed 12"], await TimelineAsync(record));
        await AppendAsync(record, [], Clock(32), Clock(40));
        await AppendAsync(record, [], Clock(50));
        Assert.Equal(["signed-on 0", "service-accessed 5", "service-accessed 12", "signed-off 32 inactivity"], await TimelineAsync(record));
        // Late: what it would move has been recorded.
        await AppendAsync(record, [At(30)], Clock(200));
        Assert.Equal(1, (await TimelineAsync(record)).Count(entry => entry.StartsWith("signed-off", StringComparison.Ordinal)));
        Assert.Equal(4, await record.Reader.CountAccessAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Session_FollowedByALaterOne_EndsBeforeIt_AndOneThatIsAskedToEndDoesNotEndAgain()
    {
        await using var record = await Record.CreateAsync();
        await AppendAsync(record, [At(0), At(45), At(50, "signed-off"), At(49), At(90, "sign-on-failed"), At(95)], Clock(114));
        await AppendAsync(record, [At(100, "signed-off")], Clock(500));
        Assert.Equal(
            ["service-accessed 0", "signed-off 20 inactivity", "service-accessed 45", "service-accessed 49", "signed-off 50 asked", "sign-on-failed 90", "service-accessed 95", "signed-off 100 asked"],
            await TimelineAsync(record));
        var order = (await record.AllAsync()).Events.OrderBy(line => line.Index).Select(line => $"{line.Kind} {line.Cause}");
        Assert.Equal(["service-accessed ", "signed-off inactivity", "service-accessed ", "signed-off asked", "service-accessed ", "sign-on-failed ", "service-accessed ", "signed-off asked"], order);
    }

    [Fact]
    public async Task Session_IsOfOneSite()
    {
        await using var record = await Record.CreateAsync();
        await AppendAsync(record, [At(0), At(15, site: "kp.org")], Clock(20));
        await AppendAsync(record, [At(16, "signed-off", site: "kp.org")], Clock(60));
        Assert.Equal(["service-accessed 0", "service-accessed 15", "signed-off 16 asked", "signed-off 20 inactivity"], await TimelineAsync(record));
    }

    [Fact]
    public async Task Session_OfAnImport_EndsWithTheImport_AndNotWhileItsLinesStillCome()
    {
        await using var record = await Record.CreateAsync();
        var (later, today) = (Start + (900 * Minute), At(899) with { Import = Import, ReceivedMs = Start + (900 * Minute) });
        MemberAccess Line(int minute) => At(minute) with { Import = Import, ReceivedMs = later };
        await AppendAsync(record, [Line(0)], Clock(900), Clock(901));
        await AppendAsync(record, [Line(15), Line(60)], Clock(905));
        await AppendAsync(record, [], new SessionMark(0, later, Import));
        Assert.Equal(["service-accessed 0", "service-accessed 15", "signed-off 35 inactivity", "service-accessed 60", "signed-off 80 inactivity"], await TimelineAsync(record));
        // What may still go on when its file has ended goes by the clock.
        await AppendAsync(record, [today], new SessionMark(1, later + Minute, Import));
        Assert.DoesNotContain("signed-off 919 inactivity", await TimelineAsync(record));
        await AppendAsync(record, [], Clock(920));
        Assert.Contains("signed-off 919 inactivity", await TimelineAsync(record));
    }

    [Fact]
    public async Task Event_ThatComesAgain_IsNoActivity()
    {
        await using var record = await Record.CreateAsync();
        var first = At(0);
        await AppendAsync(record, [first], Clock(1));
        await AppendAsync(record, [first, first with { Told = new AccessEvent(first.Told) { AtMs = Start + (19 * Minute) } }], Clock(25));
        Assert.Equal(["service-accessed 0", "signed-off 20 inactivity"], await TimelineAsync(record));
    }

    // What the database says of sessions is appended under the keys of the record: it has to be what the log told.
    [Theory]
    [InlineData("update audit.sessions set due_ms = 0")]
    [InlineData("update audit.sessions set last_ms = last_ms - 600000, due_ms = 0")]
    [InlineData("update audit.sessions set site = site + 1, due_ms = 0")]
    [InlineData("update audit.sessions set partition = 0, topic = '0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b0bb', body = '\\x', due_ms = 0")]
    [InlineData("update audit.sessions s set opened_ms = extract(epoch from e.at) * 1000, body = decode(m.data->>'body', 'base64'), due_ms = 0 from audit.entries e join audit.mt_events m on m.seq_id = e.seq where e.index = 0")]
    [InlineData("insert into audit.sessions select e.stream, 1, s.topic, s.partition, 1773000000000, 0, null, extract(epoch from e.at) * 1000, s.year, decode(m.data->>'body', 'base64') from audit.sessions s, audit.entries e join audit.mt_events m on m.seq_id = e.seq where e.index = 0")]
    [InlineData("update audit.sessions set tag = (select tag from audit.head), due_ms = 0")]
    public async Task Row_ThatSomebodyChangedOrMade_HasNothingAppended(string attack)
    {
        await using var record = await Record.CreateAsync();
        await AppendAsync(record, [At(0), At(10)], Clock(15));
        await using (var changed = record.Database.CreateCommand(attack))
            await changed.ExecuteNonQueryAsync();
        await AppendAsync(record, [], Clock(25));
        Assert.Equal(["service-accessed 0", "service-accessed 10"], await TimelineAsync(record));
        // The next event begins another.
        await AppendAsync(record, [At(40)], Clock(70));
        var after = (await TimelineAsync(record)).ToList();
        Assert.Contains("signed-off 60 inactivity", after);
        Assert.All(after.Skip(2), entry => Assert.Contains(entry, (string[])["signed-off 30 inactivity", "service-accessed 40", "signed-off 60 inactivity"]));
    }

    [Fact]
    public async Task Erasure_LeavesTheEndReadable_AndTheEndOfTheYearsKeyTakesTheRow()
    {
        await using var record = await Record.CreateAsync();
        await AppendAsync(record, [At(0)]);
        record.Store.Vault.Erase(new Person(PersonClass.Member, "member-1"));
        await AppendAsync(record, [], Clock(30));
        Assert.Contains("signed-off 20 inactivity", await TimelineAsync(record));

        await AppendAsync(record, [At(60)]);
        var key = KeyNames.Person("member", "access", Record.Start.Year);
        record.Keys.End(key);
        // Nobody could read that end: there is none, also where the row is still there.
        await AppendAsync(record, [], Clock(81));
        Assert.Equal(3, await record.ScalarAsync<long>("select entries from audit.head"));
        Assert.Equal(1, await record.ScalarAsync<long>("select count(*) from audit.sessions"));
        foreach (var ended in new[] { KeyNames.Person("member", "preference", Record.Start.Year), KeyNames.Person("member", "access", Record.Start.Year - 1), key })
        {
            await using var connection = await record.Database.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await new KeyEndings(record.Store, record.Time).AppendAsync(transaction, ended, "20170913", CancellationToken.None);
            await transaction.CommitAsync();
            Assert.Equal(ended == key ? 0 : 1, await record.ScalarAsync<long>("select count(*) from audit.sessions"));
        }
    }

    private sealed record Step(int Kind, int Member, int Minute, int Received, bool CutsBefore);

    private static readonly Gen<List<Step>> Steps = (
        from kind in Gen.Int[0, 7]
        from member in Gen.Int[0, 2]
        from minute in Gen.Int[0, 240]
        from received in Gen.Int[0, 60]
        from cuts in Gen.Bool
        select new Step(kind, member, minute, received, cuts)).List[1, 60];

    [Fact]
    public void Walk_CutAnywhere_EndsEqualSessions() => Steps.Sample(steps =>
    {
        var (whole, cut) = (new SessionWalk([]), new SessionWalk([]));
        var (clock, kept) = (0L, new Dictionary<SessionKey, MemberSession>());
        var (expected, found, waiting) = (new List<string>(), new List<string>(), (SessionMark?)null);
        foreach (var step in steps)
        {
            if (step.CutsBefore)
            {
                foreach (var session in cut.Changed)
                    kept[session.Key] = session;
                cut = new SessionWalk(kept.Values);
            }

            // Moves of the clock that follow one another are told one by one to the one, as the last of them to the other.
            if (step.Kind is 0 or 1)
            {
                clock += step.Received * Minute;
                expected.AddRange(whole.Pass(new SessionMark(0, clock, null)).Select(Text));
                waiting = new SessionMark(0, clock, null);
                if (!step.CutsBefore)
                    continue;
            }

            if (waiting is { } moved)
                found.AddRange(cut.Pass(moved).Select(Text));
            waiting = null;
            if (step.Kind == 2)
            {
                var end = new SessionMark(0, clock, Import);
                expected.AddRange(whole.Pass(end).Select(Text));
                found.AddRange(cut.Pass(end).Select(Text));
            }
            else if (step.Kind > 2)
            {
                var key = new SessionKey(new Guid(step.Member, 0, 0, new byte[8]), 7);
                var told = MemberAccess.FromPortal("portal", new AccessEvent { Member = $"{step.Member}", AtMs = step.Minute * Minute, Action = step.Kind == 3 ? "signed-off" : "service-accessed" }) with { ReceivedMs = clock, Import = step.Kind > 5 ? Import : null };
                expected.AddRange(new[] { whole.Meet(key, told) }.OfType<MemberSession>().Select(Text));
                found.AddRange(new[] { cut.Meet(key, told) }.OfType<MemberSession>().Select(Text));
            }
        }

        if (waiting is { } last)
            found.AddRange(cut.Pass(last).Select(Text));
        Assert.Equal(expected, found);

        static string Text(MemberSession ended) => $"{ended.Key.Stream} {ended.EndMs}";
    }, iter: 3000, threads: 1);

    private MemberAccess At(int minute, string action = "service-accessed", string site = "healthy.kaiserpermanente.org")
    {
        var told = Record.Told("member-1", 0, action: action);
        (told.AtMs, told.EventId, told.Site.Name, told.Outcome) = (Start + (minute * Minute), $"e{_number++}", site, action == "sign-on-failed" ? "failure" : "success");
        return MemberAccess.FromPortal("portal", told) with { ReceivedMs = told.AtMs };
    }

    private static SessionMark Clock(int minute) => new(int.MaxValue, Start + (minute * Minute), null);

    // Marks come after the events.
    private static async Task AppendAsync(Record record, IReadOnlyList<MemberAccess> events, params SessionMark[] marks)
    {
        await using var connection = await record.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await record.Recorder.AppendAsync(transaction, new AccessSpan(Topic, 1, events, [.. marks.Select(mark => mark with { Before = events.Count })]), CancellationToken.None);
        await transaction.CommitAsync();
    }

    private static async Task<List<string>> TimelineAsync(Record record)
    {
        var handles = new MemberHandles(record.Store);
        var found = await new MemberReader(record.Store, handles).ReadAsync(handles.Make("member-1", "ada"), "ada", new TimelineQuery(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1), null, 100), CancellationToken.None);
        return [.. found!.Timeline.Events.OrderBy(entry => (entry.At, entry.Index)).Select(entry => $"{entry.Kind} {(entry.At - Record.Start).TotalMinutes} {entry.Cause}".TrimEnd())];
    }
}
