using System.Net;
using Xunit;

namespace KpTelemetry.Query.Tests;

/// <summary>In a service of its own, since it breaks the record.</summary>
public sealed class RecordedReadsTests(QueryService service) : IClassFixture<QueryService>
{
    private const string Query = """{"site":"recorded","from":"2015-05-17","to":"2015-05-18","metrics":["requests"]}""";

    [Fact]
    public async Task Query_IsOnTheRecordBeforeItIsAnswered_AndNotAnsweredWithoutIt()
    {
        await service.ReleaseAsync("recorded", done: true, "'2015-05-17', 1, 0, 23, '', 4711, 1, 0, 1, 1");
        var before = await EntriesAsync();
        using var answered = await service.AskAsync(Query);
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        Assert.Equal(before + 1, await EntriesAsync());

        await service.ExecuteAsync("alter table audit.head rename to away");
        using var refused = await service.AskAsync(Query);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.DoesNotContain("4711", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await service.ExecuteAsync("alter table audit.away rename to head");
    }

    private async Task<long> EntriesAsync()
    {
        await using var command = service.Database.CreateCommand("select entries from audit.head");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
