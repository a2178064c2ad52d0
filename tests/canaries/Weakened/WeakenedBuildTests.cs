using System.Text;
using KpTelemetry.Canaries.Tests.Answers;
using KpTelemetry.Canaries.Tests.AtRest;
using KpTelemetry.Canaries.Tests.Planting;
using KpTelemetry.Canaries.Tests.Searching;
using KpTelemetry.EndToEnd.Tests.Stacks;

namespace KpTelemetry.Canaries.Tests.Weakened;

/// <summary>
/// What a build would leak that left out a stage is found, in every class, form and writing, in each place by itself: a
/// search that finds nothing in the product has looked where it could have been.
/// </summary>
public sealed class WeakenedBuildTests
{
    private static readonly DateOnly Day = new(2026, 5, 4);

    [Fact]
    public async Task Leaks_InStores_AreFoundInEachOfThem()
    {
        await using var stack = await KpStack.StartAsync();
        await WeakenedStores.PublishUnminimisedAsync(stack, Day);
        await WeakenedStores.CountUnsealedAsync(stack, Day);
        await WeakenedStores.SendUnsealedAsync(stack);
        await WeakenedStores.EnterUncheckedSitesAsync(stack);

        await AssertFindsAllAsync("ClickHouse's columns", search => EverythingAtRest.InColumnsAsync(stack.ClickHouse, search));
        await AssertFindsAllAsync("Kafka's records", search =>
        {
            EverythingAtRest.InRecords(stack.Kafka, search);
            return Task.CompletedTask;
        });
        await AssertFindsAllAsync("PostgreSQL's tables", search => EverythingAtRest.InTablesAsync(stack.Postgres, search));
        await AssertFindsAllAsync("answers", async search =>
        {
            var requests = new Requests(stack);
            await requests.SignInAsync();
            search.In("the figures", await requests.SendUntilAnsweredAsync(Listener.QueryApi, new RawRequest("POST /api/v1/query HTTP/1.1", ["Content-Type: application/json", "Authorization: Bearer TOKEN analyst"], PagesOf(Day))));
        });
    }

    [Fact]
    public async Task Leaks_OfAService_AreFoundInItsLogMetricsTracesAndAnswers()
    {
        var home = Directory.CreateTempSubdirectory("kp-weakened-");
        try
        {
            home.CreateSubdirectory("logs");
            await using var collector = await Collector.StartAsync();
            await using (var service = await WeakenedService.StartAsync(home.FullName, collector))
            {
                service.Leak();
                await AssertFindsAllAsync("metrics", async search => search.In("metrics", await Requests.SendAsync(service.Operations, new RawRequest("GET /metrics HTTP/1.1", ["Accept: text/plain"]))));
                await AssertFindsAllAsync("problems", async search =>
                {
                    foreach (var canary in PlantedLeaks.All)
                        search.In("a problem", await Requests.SendAsync(service.Address, new RawRequest("POST / HTTP/1.1", [], canary.Sent)));
                });
            }

            await AssertFindsAllAsync("the log", search =>
            {
                EverythingAtRest.InFiles(home.FullName, search);
                return Task.CompletedTask;
            });
            await AssertFindsAllAsync("exported traces", search => InExported("traces", collector, search));
            await AssertFindsAllAsync("exported metrics", search => InExported("metrics", collector, search));
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static Task InExported(string kind, Collector collector, Search search)
    {
        foreach (var (_, body) in collector.Taken.Where(taken => taken.Kind == kind))
            search.In(kind, body);
        return Task.CompletedTask;
    }

    private static async Task AssertFindsAllAsync(string place, Func<Search, Task> look)
    {
        var needles = new Needles();
        foreach (var canary in PlantedLeaks.All)
            needles.Add(canary);
        var search = new Search(needles);
        await look(search);
        var missed = PlantedLeaks.MissedBy(search.Positions).ToList();
        Assert.True(missed.Count == 0, new StringBuilder($"{missed.Count} of {PlantedLeaks.All.Count} missed in {place}: ").AppendJoin("; ", missed.Take(40)).ToString());
    }

    private static string PagesOf(DateOnly day) =>
        $$"""{"site":"sample","from":"{{day:yyyy-MM-dd}}","to":"{{day.AddDays(1):yyyy-MM-dd}}","metrics":["pageviews"],"dimensions":["page"],"limit":10000}""";
}
