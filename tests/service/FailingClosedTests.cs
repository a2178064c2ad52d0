using System.Net;
using System.Net.Http.Headers;
using KpTelemetry.QueryApi.Access;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace KpTelemetry.Service.Tests;

/// <summary>Nothing is shown that is not on the record. Alone, since it stops the record for everybody.</summary>
[Collection(nameof(AloneCollection))]
public sealed class FailingClosedTests(RunningService service)
{
    [Fact]
    public async Task Read_WhenTheRecordHangs_Is503WithNothingShownAndWorksAfterwards()
    {
        using var browser = await service.SignedOnAsync(Roles.Admin, "hanging-page");
        using var client = service.Client(Roles.Admin, "hanging-api");
        await using (var connection = await service.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using (var hold = new NpgsqlCommand("update audit.head set entries = entries", connection, transaction))
                await hold.ExecuteNonQueryAsync();
            var asking = client.GetAsync(new Uri("/api/v1/pipeline", UriKind.Relative));
            var looking = browser.GetAsync(new Uri("/", UriKind.Relative));
            while (!asking.IsCompleted || !looking.IsCompleted)
            {
                service.Time.Advance(TimeSpan.FromMilliseconds(200));
                await Task.Delay(20);
            }

            await ShowsNothingAsync(await asking);
            await ShowsNothingAsync(await looking);
        }

        using var later = await client.GetAsync(new Uri("/api/v1/pipeline", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
        Assert.Single(await service.LinesOfAsync("hanging-api"));
    }

    private static async Task ShowsNothingAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.DoesNotContain("counted", await answer.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
        }
    }
}

/// <summary>Tests that move the clock or stop a store run alone.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
