using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.Storing;
using Npgsql;

namespace KpTelemetry.Audit.Tests.Subjects;

/// <summary>Requests of subjects on the record: folded from sealed entries, one command at a time.</summary>
public sealed class RequestTests
{
    private const string Member = "mrn-4711";

    [Fact]
    public async Task Request_FromReceiptToAnswer_IsFoldedFromItsEntriesByAnyProcess_WithProof()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        var id = await office.VerifiedAsync(RequestKinds.Access, Member);
        var export = await office.Exports.ExportAsync(id, "the member, by letter", -1, Office.Ada, CancellationToken.None);
        Assert.NotNull(export.Json);
        var fulfilled = (await office.Requests.FulfilAsync(id, "a copy was sent", Office.Ada, CancellationToken.None)).Request!;

        using var elsewhere = new RecordStore(record.Database, record.Keys, record.Time);
        var found = (await new SubjectRequests(elsewhere, record.Time).FindAsync(id, CancellationToken.None))!;
        Assert.Equal(Standing.Fulfilled, found.Standing);
        Assert.Equal(Member, found.Subject!.Value.Name);
        Assert.Equal(["subject-request-received", "subject-verified", "subject-data-exported", "subject-request-fulfilled"], found.Steps.Select(step => step.Kind));
        Assert.All(found.Steps, step => Assert.Equal(Office.Ada.User, step.By));
        Assert.Equal(fulfilled.Steps, found.Steps);
        var proof = Assert.Single(found.Proof);
        Assert.Contains((await record.AllAsync("subject-data-exported")).Events, line => line.Index == proof && line.Case == id.ToString("N"));
        await office.VerifyTreeAsync();
    }

    [Fact]
    public async Task Commands_BeforeVerification_TouchNothing()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        foreach (var (kind, act) in new (string, Func<Guid, Task<RequestOutcome>>)[]
        {
            (RequestKinds.Erase, office.EraseAsync),
            (RequestKinds.Restrict, id => office.Restrictions.RestrictAsync(id, "none", Office.Ada, CancellationToken.None)),
            (RequestKinds.Access, async id => (await office.Exports.ExportAsync(id, "somebody", -1, Office.Ada, CancellationToken.None)).Outcome),
            (RequestKinds.Correct, id => office.Requests.FulfilAsync(id, "done", Office.Ada, CancellationToken.None)),
        })
        {
            var filed = await office.Requests.FileAsync(new RequestFiling(kind, KnownBy.Member, Member, "letter", null), Office.Ada, CancellationToken.None);
            await office.Requests.VerifyAsync(filed.Id, "no answer", false, Office.Ada, CancellationToken.None);
            Assert.Equal("who asks is not verified", (await act(filed.Id)).Refusal);
            Assert.Equal(["subject-request-received", "subject-not-verified"], (await office.Requests.FindAsync(filed.Id, CancellationToken.None))!.Steps.Select(step => step.Kind));
        }

        Assert.Equal(0, await record.ScalarAsync<long>("select count(*) from kp.member_flags"));
    }

    [Fact]
    public async Task Commands_OfManyAtOnce_OneWins()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        var id = await office.VerifiedAsync(RequestKinds.Correct, Member);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => i % 2 == 0
            ? office.Requests.FulfilAsync(id, "done", Office.Ada, CancellationToken.None)
            : office.Requests.RefuseAsync(id, "not so", Office.Ada, CancellationToken.None)));
        Assert.Single(outcomes, outcome => outcome.Refusal is null);
        Assert.All(outcomes.Where(outcome => outcome.Refusal is not null), outcome => Assert.Equal("the request is closed", outcome.Refusal));
        Assert.Equal(3, (await office.Requests.FindAsync(id, CancellationToken.None))!.Steps.Count);
    }

    [Fact]
    public async Task List_TellsOpenOverdueAndClosed_TheFirstToBeDueFirst()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        var first = await office.VerifiedAsync(RequestKinds.Access, Member);
        record.Time.Advance(TimeSpan.FromDays(5));
        var second = await office.VerifiedAsync(RequestKinds.Erase, Member);
        var extended = await office.VerifiedAsync(RequestKinds.Access, "mrn-4712");
        await office.Requests.ExtendAsync(extended, "many files", Office.Ada, CancellationToken.None);
        var closed = await office.VerifiedAsync(RequestKinds.Correct, Member);
        await office.Requests.RefuseAsync(closed, "it is correct", Office.Ada, CancellationToken.None);

        Assert.Equal([first, second, extended], await ListAsync(Listed.Open));
        Assert.Equal([first, extended], await ListAsync(Listed.Open, RequestKinds.Access));
        Assert.Equal([closed], await ListAsync(Listed.Closed));
        Assert.Empty(await ListAsync(Listed.Overdue));
        Assert.Equal([extended], (await office.Requests.ListAsync(new RequestQuery(Listed.Open, null, second, 10), CancellationToken.None)).Select(request => request.Id));
        record.Time.Advance(TimeSpan.FromDays(26));
        Assert.Equal([first], await ListAsync(Listed.Overdue));
        record.Time.Advance(TimeSpan.FromDays(5));
        Assert.Equal([first, second], await ListAsync(Listed.Overdue));

        async Task<IEnumerable<Guid>> ListAsync(Listed listed, string? kind = null) => (await office.Requests.ListAsync(new RequestQuery(listed, kind, null, 10), CancellationToken.None)).Select(request => request.Id);
    }

    // Each hides an overdue request, or its being overdue, from a list that believes the table.
    [Theory]
    [InlineData("delete from audit.requests where request = '{0}'")]
    [InlineData("delete from audit.requests")]
    [InlineData("update audit.requests set closed = true where request = '{0}'")]
    [InlineData("update audit.requests set due_on = due_on + 90 where request = '{0}'")]
    [InlineData("update audit.requests set kind = '\\x00' where request = '{0}'")]
    [InlineData("update audit.requests set (due_on, closed, tag) = (select due_on, closed, tag from audit.requests where request = '{1}') where request = '{0}'")]
    [InlineData("update audit.requests set request = '00000000-0000-4000-8000-000000000001' where request = '{0}'")]
    [InlineData("delete from audit.requests where request = '{0}'; insert into audit.requests select '00000000-0000-4000-8000-000000000001', kind, due_on, closed, tag from audit.requests limit 1")]
    public async Task List_WhoseTableWasChanged_IsWhatTheRecordSaysAllTheSame(string change)
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        var (open, other) = (await office.VerifiedAsync(RequestKinds.Correct, "mrn-0"), await office.VerifiedAsync(RequestKinds.Correct, "mrn-1"));
        var closed = await office.VerifiedAsync(RequestKinds.Correct, "mrn-2");
        await office.Requests.RefuseAsync(closed, "it is correct", Office.Ada, CancellationToken.None);
        record.Time.Advance(TimeSpan.FromDays(31));
        Assert.Equal(new[] { open, other }.Order(), await ListAsync(Listed.Overdue));
        await using (var tamper = record.Database.CreateCommand(change.Replace("{0}", $"{open}", StringComparison.Ordinal).Replace("{1}", $"{closed}", StringComparison.Ordinal)))
            await tamper.ExecuteNonQueryAsync();

        Assert.Equal(new[] { open, other }.Order(), await ListAsync(Listed.Overdue));
        Assert.Equal([closed], await ListAsync(Listed.Closed));
        Assert.Equal(3, await record.ScalarAsync<long>("select count(*) from audit.requests"));
        Assert.Null((await office.Requests.FulfilAsync(open, "done", Office.Ada, CancellationToken.None)).Refusal);
        Assert.Equal([other], await ListAsync(Listed.Overdue));

        async Task<IEnumerable<Guid>> ListAsync(Listed listed) => (await office.Requests.ListAsync(new RequestQuery(listed, RequestKinds.Correct, null, 10), CancellationToken.None)).Select(request => request.Id).Order();
    }

    [Fact]
    public async Task List_OfARequestAsItWasBefore_ShowsItAsOpen()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        var id = await office.VerifiedAsync(RequestKinds.Correct, Member);
        await using (var kept = record.Database.CreateCommand("create table public.kept as select * from audit.requests"))
            await kept.ExecuteNonQueryAsync();
        await office.Requests.ExtendAsync(id, "many files", Office.Ada, CancellationToken.None);
        await using (var back = record.Database.CreateCommand("update audit.requests r set due_on = k.due_on, tag = k.tag from public.kept k where k.request = r.request"))
            await back.ExecuteNonQueryAsync();
        var listed = Assert.Single(await office.Requests.ListAsync(new RequestQuery(Listed.Open, null, null, 10), CancellationToken.None));
        Assert.Equal((id, true), (listed.Id, listed.IsExtended));
    }

    [Fact]
    public async Task Commands_WhereTheRecordTakesNothing_AreNotDone()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        var id = await office.VerifiedAsync(RequestKinds.Restrict, Member);
        await using (var connection = await record.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using (var hold = new NpgsqlCommand("update audit.head set entries = entries", connection, transaction))
                await hold.ExecuteNonQueryAsync();
            var restricting = office.Restrictions.RestrictAsync(id, "no measuring", Office.Ada, CancellationToken.None);
            while (!restricting.IsCompleted)
            {
                record.Time.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(20);
            }

            await Assert.ThrowsAsync<RecordUnavailableException>(() => restricting);
        }

        Assert.Equal(0, await record.ScalarAsync<long>("select count(*) from kp.member_flags"));
        Assert.False((await office.Requests.FindAsync(id, CancellationToken.None))!.IsRestricting);
    }

    [Fact]
    public async Task Restriction_IsWhereTheDoorReadsIt_UntilItIsLifted()
    {
        await using var record = await Record.CreateWholeAsync();
        var office = new Office(record);
        var id = await office.VerifiedAsync(RequestKinds.Restrict, Member);
        Assert.Null((await office.Restrictions.RestrictAsync(id, "no measuring", Office.Ada, CancellationToken.None)).Refusal);
        Assert.Equal(2, await record.ScalarAsync<int>("select flags | agreed from kp.member_flags"));
        Assert.Null((await office.Requests.FulfilAsync(id, "agreed", Office.Ada, CancellationToken.None)).Refusal);
        Assert.Null((await office.Restrictions.LiftAsync(id, "asked for", Office.Ada, CancellationToken.None)).Refusal);
        Assert.Equal(0, await record.ScalarAsync<int>("select flags | agreed from kp.member_flags"));
        Assert.Equal(["subject-restricted", "restriction-lifted"], (await office.StreamAsync(Member)).Select(entry => EventKinds.Of(entry.Opened!.Event)));
    }
}
