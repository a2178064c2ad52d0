using Deque.AxeCore.Playwright;
using KpTelemetry.Audit.ProjectingActivity;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.SigningOn;
using KpTelemetry.Audit.Storing;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.Schemas.Raw;
using KpTelemetry.Service.Tests;
using Microsoft.Playwright;
using Xunit;

namespace KpTelemetry.Pages.Tests;

/// <summary>Activity of staff and failed sign-ons in a real browser.</summary>
public sealed class ActivityTests(RunningService service, Browsers browsers)
{
    [Theory]
    [InlineData(1200, ColorScheme.Light)]
    [InlineData(360, ColorScheme.Dark)]
    public async Task Activity_ShowsWhoDidWhat_AndLeadsToTheEntries(int width, ColorScheme scheme)
    {
        await FillAsync();
        await using var context = await browsers.NewAsync(new BrowserNewContextOptions { ColorScheme = scheme, ViewportSize = new ViewportSize { Width = width, Height = 900 } });
        var page = await context.NewPageAsync();
        var told = new List<string>();
        page.Console += (_, message) => told.Add($"{message.Type}: {message.Text}");
        await page.GotoAsync($"{service.Address}sign-in?ticket={service.Tokens.MintTicket("pages-watcher", Roles.Privacy, TimeSpan.FromMinutes(15))}");
        await page.ClickAsync("text=Staff activity and failed sign-ons");

        Assert.Contains("As of", await page.InnerTextAsync("[data-part=as-of]"), StringComparison.Ordinal);
        var row = page.Locator("[data-part=staff] tbody tr", new PageLocatorOptions { HasText = "pages-activity-ada" });
        Assert.True(int.Parse(await row.Locator("td").Nth(3).InnerTextAsync(), System.Globalization.CultureInfo.InvariantCulture) >= 4);
        Assert.Equal("1", await row.Locator("td").Nth(6).InnerTextAsync());
        Assert.Contains("(unknown)", await page.InnerTextAsync("[data-part=failures]"), StringComparison.Ordinal);
        Assert.DoesNotContain("pages-failing-member", await page.ContentAsync(), StringComparison.Ordinal);
        await AssertIsAccessibleAsync(page);

        await row.Locator("a").ClickAsync();
        Assert.Contains("/api/v1/query", await page.InnerTextAsync("[data-part=entries]"), StringComparison.Ordinal);
        await AssertIsAccessibleAsync(page);
        Assert.Empty(told);
    }

    private async Task FillAsync()
    {
        var record = service.Service<AccessRecord>();
        await record.RecordSignOnAsync(new StaffSignOn { User = StaffSignOn.Unknown, Step = StaffSignOnStep.Failed }, CancellationToken.None);
        for (var i = 0; i < 4; i++)
            await record.RecordReadAsync(new StaffRead { User = "pages-activity-ada", Role = Roles.Analyst, Resource = "/api/v1/query", Subject = "pages-failing-member", ShowsRecord = true, Correlation = "trace" }, CancellationToken.None);
        var source = Guid.CreateVersion7(service.Time.GetUtcNow());
        await using (var connection = await service.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await service.Service<AccessRecorder>().AppendAsync(transaction, new AccessSpan(Guid.Empty, 0, [.. Enumerable.Range(0, 40).Select(i => MemberAccess.FromLine(source, Failed(i)))], []), CancellationToken.None);
            await transaction.CommitAsync();
        }

        // The processors do that all the time; here none run.
        await using var keeper = new ActivityKeeper(service.Service<RecordStore>());
        while (await keeper.LookAsync(CancellationToken.None) is not { Generations: [.., { Behind: 0 }] })
            await Task.Delay(50);
    }

    private AccessEvent Failed(int i) => new()
    {
        Site = new SiteStamp { Name = RunningService.Site },
        AtMs = service.Time.GetUtcNow().AddHours(-i * 5).ToUnixTimeMilliseconds(),
        Member = $"pages-failing-member-{i % 7}",
        Action = "sign-on-failed",
        Position = i,
    };

    private static async Task AssertIsAccessibleAsync(IPage page)
    {
        var violations = (await page.RunAxe()).Violations;
        Assert.True(violations.Length == 0, string.Join(Environment.NewLine, violations.Select(violation => $"{violation.Id}: {violation.Help} at {string.Join(", ", violation.Nodes.Select(node => node.Html))}")));
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways");
    }
}
