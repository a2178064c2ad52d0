using System.Net;
using System.Net.Http.Json;
using System.Text;
using KpTelemetry.Ingest.Members;
using KpTelemetry.Ingest.Tests.Services;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Members;
using KpTelemetry.Schemas.Raw;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Members;

/// <summary>P12, P14, P15: what a portal says of its members is in force at the door, and nothing of them is kept.</summary>
public sealed class MemberFlagsTests
{
    private const string Child = "child-4711", Parent = "parent-17", Restricted = "member-77", OptedOut = "member-88";

    [Fact]
    public async Task A_flagged_members_events_are_dropped_and_counted_and_their_access_is_recorded()
    {
        await using var ingest = await IngestServer.StartAsync();
        await FlagAsync(ingest, (Child, ["under-13"]), (Restricted, ["restricted"]), (OptedOut, ["opted-out"]), ("both", ["opted-out", "under-13"]));
        await SendAsync(ingest, Line(Child), Line(Parent), Line(Restricted), Line(OptedOut), Line("both"), Line("-"));

        var groups = ingest.ReadTopic();
        var rows = groups.SelectMany(group => group.Rows).OrderBy(row => row.Position).ToList();
        Assert.Equal([Reason.UnderAge, Reason.None, Reason.Restricted, Reason.OptedOut, Reason.UnderAge, Reason.None], rows.Select(row => row.Reason));
        Assert.All(rows.Where(row => row.Reason != Reason.None), row =>
        {
            Assert.Equal(("", "", "", "", "", 0, 0L, "", EventFlags.None), (row.Address, row.Agent, row.Method, row.Path, row.Referrer, row.Status, row.Bytes, row.Event, row.Flags));
            Assert.Empty(row.SealedLine);
            Assert.Equal("kp.org", row.Site);
        });
        // That someone opened a child's record stays on the access record.
        Assert.Equal([Child, "both", OptedOut, Restricted, Parent], groups.Where(group => group.Access is not null).SelectMany(group => group.Access!.Events).Select(told => told.Member).OrderBy(Order));
    }

    [Fact]
    public async Task A_childs_event_leaves_no_trace_in_bodies_the_database_or_files()
    {
        await using var ingest = await IngestServer.StartAsync();
        await FlagAsync(ingest, (Child, ["under-13"]));
        const string Agent = "Mozilla/5.0 TracedAgent-93", Address = "203.0.113.93", Path = "/traced-path-93";
        await SendAsync(
            ingest,
            $"{Address} - {Child} [01/Jan/2026:12:00:00 +0000] \"GET {Path} HTTP/1.1\" 200 9393 \"https://traced-referrer-93.example/\" \"{Agent}\"",
            // A time that cannot be: such a line would be kept, sealed, for a replay.
            $"{Address} - {Child} [01/Jan/2199:12:00:00 +0000] \"GET {Path} HTTP/1.1\" 200 9393 \"-\" \"{Agent}\"",
            Line(Parent));

        string[] traces = ["TracedAgent", "203.0.113.93", "traced-path", "traced-referrer", Child];
        foreach (var body in ingest.ReadTopic().Select(group => group.Body).OfType<byte[]>())
            Assert.All(traces, trace => Assert.DoesNotContain(trace, Encoding.Latin1.GetString(body), StringComparison.Ordinal));
        Assert.All(ingest.ReadTopic().SelectMany(group => group.Rows), row => Assert.Empty(row.SealedLine));
        // The search does find what is there.
        Assert.Contains(ingest.ReadTopic(), group => group.Body is { } body && Encoding.Latin1.GetString(body).Contains("/records/x", StringComparison.Ordinal));
        var database = await DumpAsync(ingest);
        Assert.Contains("member_flags", database, StringComparison.Ordinal);
        Assert.All(traces, trace => Assert.DoesNotContain(trace, database, StringComparison.Ordinal));
        await ingest.StopAsync();
        foreach (var file in Directory.EnumerateFiles(ingest.Settings.Home, "*", SearchOption.AllDirectories))
            Assert.All(traces, trace => Assert.False(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.Latin1.GetBytes(trace)) >= 0, $"{trace} is in {file}"));
    }

    [Fact]
    public async Task A_statement_is_in_force_when_it_is_answered_and_can_be_taken_back_and_survives_a_restart()
    {
        await using var ingest = await IngestServer.StartAsync();
        await FlagAsync(ingest, (Child, ["restricted"]), (Child, ["under-13"]));
        await SendAsync(ingest, Line(Child));
        await ingest.StopAsync();
        await ingest.RestartAsync();
        await SendAsync(ingest, Line(Child));
        await FlagAsync(ingest, (Child, []));
        await SendAsync(ingest, Line(Child));
        Assert.Equal([Reason.UnderAge, Reason.UnderAge, Reason.None], ingest.ReadTopic().SelectMany(group => group.Rows.Select(row => (row.TimeMs, group.Header.ReceivedToMs, row.Reason))).OrderBy(row => row.ReceivedToMs).Select(row => row.Reason));
    }

    [Fact]
    public async Task What_was_agreed_in_a_case_is_in_force_beside_what_a_portal_says_and_no_portal_takes_it_back()
    {
        await using var ingest = await IngestServer.StartAsync();
        await FlagAsync(ingest, (Child, ["opted-out"]));
        await using var database = NpgsqlDataSource.Create(ingest.Settings.Postgres);
        using var keys = KeyStore.Open(ingest.Settings.KeysDirectory);
        await AgreeAsync(Child, MemberFlags.Restricted);
        await AgreeAsync(Restricted, MemberFlags.Restricted);
        await FlagAsync(ingest, (Child, []), (Restricted, ["opted-out"]));
        await SendAsync(ingest, Line(Child), Line(Restricted));
        await AgreeAsync(Child, MemberFlags.None);
        await FlagAsync(ingest, (OptedOut, []));
        await SendAsync(ingest, Line(Child), Line(Restricted));
        Assert.Equal(
            [Reason.Restricted, Reason.Restricted, Reason.None, Reason.Restricted],
            ingest.ReadTopic().SelectMany(group => group.Rows.Select(row => (group.Header.ReceivedToMs, row.Position, row.Reason))).OrderBy(row => (row.ReceivedToMs, row.Position)).Select(row => row.Reason));

        // As the access record writes it.
        async Task AgreeAsync(string member, MemberFlags agreed)
        {
            await using var command = database.CreateCommand(
                "insert into kp.member_flags (member, flags, agreed, version, changed_at) values ($1, 0, $2, nextval('kp.member_flag_versions'), now()) on conflict (member) do update set agreed = excluded.agreed, version = excluded.version");
            command.Parameters.Add(new() { Value = FlaggedMembers.Stored(FlaggedMembers.Hash(keys.GetOrCreate(KeyNames.Members), Encoding.UTF8.GetBytes(member))) });
            command.Parameters.Add(new() { Value = (int)agreed });
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task A_line_that_was_sent_before_goes_to_its_partition_again_so_that_it_is_a_duplicate()
    {
        await using var ingest = await IngestServer.StartAsync(environment: ("KP_PARTITIONS", "8"));
        var lines = Enumerable.Range(0, 30).Select(i => $"198.51.100.{i} - {Child} [01/Jan/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" 200 1 \"-\" \"A\"").ToArray();
        await SendAsync(ingest, lines);
        var before = Places(ingest.ReadTopic());
        await FlagAsync(ingest, (Child, ["under-13"]));
        await SendAsync(ingest, lines);
        var both = Places(ingest.ReadTopic());
        Assert.Equal(30, before.Count);
        Assert.Equal(60, both.Count);
        Assert.Equal(before.Order(), both.Distinct().Order());
    }

    [Fact]
    public async Task Another_ingest_learns_of_it_within_seconds_and_after_a_long_absence_reads_all_anew()
    {
        await using var ingest = await IngestServer.StartAsync();
        await FlagAsync(ingest, (Child, ["under-13"]));
        await using var database = NpgsqlDataSource.Create(ingest.Settings.Postgres);
        using var keys = KeyStore.Open(ingest.Settings.KeysDirectory);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var other = new MemberRegister(database, keys, time, NullLogger<MemberRegister>.Instance);
        await other.StartAsync(CancellationToken.None);
        await other.RefreshAsync(CancellationToken.None);
        Assert.Equal(Reason.UnderAge, other.Drops(Encoding.UTF8.GetBytes(Child)));

        await FlagAsync(ingest, (Child, []), (OptedOut, ["opted-out"]));
        await Wait.UntilAsync(() =>
        {
            time.Advance(MemberRegister.RefreshEvery);
            return Task.FromResult(other.Drops(Encoding.UTF8.GetBytes(OptedOut)) == Reason.OptedOut && other.Drops(Encoding.UTF8.GetBytes(Child)) == Reason.None);
        });
        await other.StopAsync(CancellationToken.None);

        // What was taken back is forgotten after a day: whoever did not look meanwhile cannot learn of it by its row.
        await FlagAsync(ingest, (OptedOut, []));
        await using (var forget = database.CreateCommand("delete from kp.member_flags where flags = 0"))
            Assert.True(await forget.ExecuteNonQueryAsync() > 0);
        await other.RefreshAsync(CancellationToken.None);
        Assert.Equal(Reason.OptedOut, other.Drops(Encoding.UTF8.GetBytes(OptedOut)));
        time.Advance(TimeSpan.FromHours(13));
        await other.RefreshAsync(CancellationToken.None);
        Assert.Equal(Reason.None, other.Drops(Encoding.UTF8.GetBytes(OptedOut)));
    }

    [Fact]
    public async Task What_changes_is_on_its_way_to_the_access_record_sealed_and_what_does_not_is_not()
    {
        await using var ingest = await IngestServer.StartAsync();
        await FlagAsync(ingest, (Child, ["under-13"]), (Parent, []), (OptedOut, ["opted-out", "restricted"]));
        await FlagAsync(ingest, (Child, ["under-13"]), (Parent, []));
        await FlagAsync(ingest, (Child, []), (Child, ["restricted"]), (OptedOut, []));

        await using var database = NpgsqlDataSource.Create(ingest.Settings.Postgres);
        using var keys = KeyStore.Open(ingest.Settings.KeysDirectory);
        await using var select = database.CreateCommand("select key, sealed from kp.member_statements order by id");
        await using var reader = await select.ExecuteReaderAsync();
        var told = new List<string>();
        while (await reader.ReadAsync())
        {
            using var sealer = new Sealer(keys.Find(reader.GetString(0))!);
            var statement = MemberStatement.Of(sealer.Open(reader.GetFieldValue<byte[]>(1), MemberStatement.Associated)!);
            told.Add($"{statement.Member} {string.Join(',', MemberFlagNames.Of(statement.Flags))}");
        }

        Assert.Equal([$"{Child} under-13", $"{OptedOut} restricted,opted-out", $"{Child} restricted", $"{OptedOut} "], told);
    }

    [Theory]
    [InlineData("""[{"member":"","flags":[]}]""", "bad-member")]
    [InlineData("""[{"member":"a"}]""", "bad-member")]
    [InlineData("""[{"member":" secret-member","flags":[]}]""", "bad-member")]
    [InlineData("""[null]""", "bad-member")]
    [InlineData("""[{"member":"secret-member","flags":["under-12"]}]""", "unknown-flag")]
    public async Task A_statement_that_cannot_be_used_takes_nothing_and_tells_nothing_back(string body, string type)
    {
        await using var ingest = await IngestServer.StartAsync();
        using var response = await ingest.Client.PostAsync("/v1/members/flags", new StringContent(body, Encoding.UTF8, "application/json"));
        var problem = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains($":{type}\"", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-member", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_nobody_says_anything_of_members()
    {
        await using var ingest = await IngestServer.StartAsync();
        using var stranger = new HttpClient { BaseAddress = ingest.Client.BaseAddress };
        using var response = await stranger.PostAsJsonAsync("/v1/members/flags", new[] { new { member = Child, flags = new[] { "under-13" } } });
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private static string Order(string member) => member.StartsWith('m') ? member == OptedOut ? "2" : "3" : member[0] == 'p' ? "4" : member[0] == 'c' ? "0" : "1";

    private static string Line(string user) => $"198.51.100.7 - {user} [01/Jan/2026:12:00:00 +0000] \"GET /records/x HTTP/1.1\" 200 512 \"https://kp.org/\" \"Mozilla/5.0 (X11)\"";

    private static List<(int Partition, long Position)> Places(IEnumerable<ReceivedGroup> groups) => [.. groups.SelectMany(group => group.Rows.Select(row => (group.Partition, row.Position)))];

    private static async Task FlagAsync(IngestServer ingest, params (string Member, string[] Flags)[] statements)
    {
        using var response = await ingest.Client.PostAsJsonAsync("/v1/members/flags", statements.Select(told => new { member = told.Member, flags = told.Flags }));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task SendAsync(IngestServer ingest, params string[] lines)
    {
        using var response = await ingest.Client.PostAsync("/v1/logs?site=kp.org&format=combined", new StringContent(string.Join('\n', lines) + "\n"));
        Assert.Contains($"\"accepted\":{lines.Length},", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<string> DumpAsync(IngestServer ingest)
    {
        await using var database = NpgsqlDataSource.Create(ingest.Settings.Postgres);
        await using var connection = await database.OpenConnectionAsync();
        await using var names = new NpgsqlCommand("select array(select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'kp')", connection);
        var dump = new StringBuilder();
        foreach (var table in (string[])(await names.ExecuteScalarAsync())!)
        {
            using var export = await connection.BeginTextExportAsync($"copy {table} to stdout");
            dump.AppendLine(table).Append(await export.ReadToEndAsync());
        }

        return dump.ToString();
    }
}
