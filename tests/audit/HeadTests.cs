using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Audit.Tree;
using KpTelemetry.Platform.Keys;
using Npgsql;
using Xunit;

namespace KpTelemetry.Audit.Tests;

/// <summary>The head orders the record, and nobody who has the database alone can put another in its place.</summary>
public sealed class HeadTests
{
    private static readonly Guid Source = new("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b003");

    [Fact]
    public async Task Frontier_IsOfTheLeavesInTheirOrder_AndWholeSubtreesAreStored()
    {
        await using var record = await Record.CreateAsync();
        for (var from = 0; from < 700; from += 70)
            await record.AppendAsync(Record.Lines(Source, from, 70));
        var expected = Frontier.Empty;
        var completed = new List<Subtree>();
        foreach (var leaf in await LeavesAsync(record))
            expected.Append(TreeHash.Leaf(leaf), completed);

        await using var connection = await record.Database.OpenConnectionAsync();
        var head = await Head.ReadAsync(connection, record.Keys.GetOrCreate(KeyNames.RecordHead), CancellationToken.None);
        Assert.Equal((700, 700), (head.Entries, head.Access));
        Assert.Equal(expected.Write(), head.Frontier.Write());
        Assert.Equal(2, completed.Count);
        Assert.Equal(2, await record.ScalarAsync<long>("select count(*) from audit.subtrees where level = 1"));
        Assert.Equal(completed[1].Hash, await record.ScalarAsync<byte[]>("select hash from audit.subtrees where index = 1"));
        Assert.Equal(0, await record.ScalarAsync<long>("select count(*) from (select recorded, lag(recorded) over (order by index) as before from audit.entries) as told where recorded < before"));
    }

    [Theory]
    [InlineData("entries = entries - 1")]
    [InlineData("access = access + 1")]
    [InlineData("recorded = recorded - interval '1 hour'")]
    [InlineData("frontier = set_byte(frontier, 20, get_byte(frontier, 20) # 1)")]
    [InlineData("frontier = ''")]
    [InlineData("tag = set_byte(tag, 0, get_byte(tag, 0) # 1)")]
    [InlineData("tag = ''")]
    public async Task Head_ChangedFromOutside_TakesNothingMore(string change)
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 3));
        await using (var tamper = record.Database.CreateCommand($"update audit.head set {change}"))
            await tamper.ExecuteNonQueryAsync();
        await Assert.ThrowsAsync<RecordTamperedException>(() => record.AppendAsync(Record.Lines(Source, 3, 1)));
        await Assert.ThrowsAsync<RecordUnavailableException>(() => record.Reads.RecordReadAsync(ReadingTests.Read("ada"), CancellationToken.None));
        Assert.Equal(3, await record.ScalarAsync<long>("select count(*) from audit.entries"));
    }

    private static async Task<List<byte[]>> LeavesAsync(Record record)
    {
        await using var command = record.Database.CreateCommand("select leaf from audit.entries order by index");
        await using var reader = await command.ExecuteReaderAsync();
        var leaves = new List<byte[]>();
        while (await reader.ReadAsync())
            leaves.Add(reader.GetFieldValue<byte[]>(0));
        return leaves;
    }
}
