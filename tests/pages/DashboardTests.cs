using System.Globalization;
using Deque.AxeCore.Playwright;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.SigningIn;
using KpTelemetry.Service.Tests;
using Microsoft.Playwright;
using Xunit;

namespace KpTelemetry.Pages.Tests;

/// <summary>The dashboards in a real browser.</summary>
public sealed class DashboardTests(RunningService service, Browsers browsers, PublishedFigures published) : IClassFixture<PublishedFigures>
{
    private const int PhoneWidth = 360;

    [Fact]
    public async Task Figures_AreDrawnWithoutViolationOrRequestElsewhere()
    {
        await using var context = await browsers.NewAsync();
        var page = await context.NewPageAsync();
        var (told, asked) = (new List<string>(), new List<string>());
        page.Console += (_, message) => told.Add($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => told.Add(error);
        page.Request += (_, request) => asked.Add(request.Url);

        await SignOnAsync(page, Roles.Analyst);
        await page.WaitForSelectorAsync("figure[data-chart=time].drawn canvas");
        Assert.Equal(3, await page.Locator("figure.drawn canvas").CountAsync());
        Assert.Contains("Top pages", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.False(await page.Locator("figure[data-chart=time] table").IsVisibleAsync());
        await page.ClickAsync("figure[data-chart=time] summary");
        Assert.Equal(5, await page.Locator("figure[data-chart=time] tbody tr").CountAsync());

        Assert.Empty(told);
        Assert.All(asked, address => Assert.StartsWith(service.Address.ToString(), address, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Figures_WithoutScript_AreTables()
    {
        await using var context = await browsers.NewAsync(new BrowserNewContextOptions { JavaScriptEnabled = false });
        var page = await context.NewPageAsync();
        await SignOnAsync(page, Roles.Marketing);
        Assert.Equal(0, await page.Locator("canvas").CountAsync());
        Assert.True(await page.Locator("figure[data-chart=time] table").IsVisibleAsync());
        Assert.InRange(int.Parse(await page.Locator("[data-part=tiles] b[data-total=visitors]").InnerTextAsync(), CultureInfo.InvariantCulture), PublishedFigures.Visitors, int.MaxValue);
        Assert.True(await page.Locator("[data-part=receipt] table").IsVisibleAsync());
        Assert.Equal("400", await page.Locator("[data-part=tiles] b[data-total=visits]").InnerTextAsync());
        Assert.Contains("25 %", await page.InnerTextAsync("[data-part=tiles]"), StringComparison.Ordinal);
        Assert.Contains("1:30", await page.InnerTextAsync("[data-part=entry_page] tbody"), StringComparison.Ordinal);
        Assert.Equal(3, await page.Locator("[data-part='page and source'] tbody tr").CountAsync());
    }

    [Fact]
    public async Task Total_MovesByItself()
    {
        await using var context = await browsers.NewAsync();
        var page = await context.NewPageAsync();
        await page.Clock.InstallAsync();
        await SignOnAsync(page, Roles.Analyst);
        await page.WaitForSelectorAsync("figure.drawn");
        var total = page.Locator("[data-part=tiles] b[data-total=visitors]");
        var before = await total.InnerTextAsync();
        await published.ReleaseStepAsync(12);
        await page.Clock.FastForwardAsync(15_000);
        await page.WaitForFunctionAsync("before => document.querySelector('b[data-total=visitors]').textContent !== before", before);
    }

    [Theory]
    [InlineData("sign-in", ColorScheme.Light)]
    [InlineData(Roles.Analyst, ColorScheme.Light)]
    [InlineData(Roles.Analyst, ColorScheme.Dark)]
    [InlineData(Roles.Security, ColorScheme.Light)]
    [InlineData(Roles.Admin, ColorScheme.Dark)]
    [InlineData(Roles.Privacy, ColorScheme.Light, "requests")]
    public async Task Page_IsAccessibleAndFitsAPhone(string who, ColorScheme scheme, string? path = null)
    {
        await using var context = await browsers.NewAsync(new BrowserNewContextOptions { ColorScheme = scheme, ViewportSize = new ViewportSize { Width = PhoneWidth, Height = 800 } });
        var page = await context.NewPageAsync();
        if (who == "sign-in")
            await page.GotoAsync($"{service.Address}sign-in");
        else
            await SignOnAsync(page, who);
        if (path is not null)
        {
            await page.GotoAsync($"{service.Address}{path}");
            await page.FillAsync("#subject", "a-member");
            await page.ClickAsync("button:text-is('File')");
            await page.WaitForSelectorAsync("tbody form");
        }

        var violations = (await page.RunAxe()).Violations;
        Assert.True(violations.Length == 0, string.Join(Environment.NewLine, violations.Select(violation => $"{violation.Id}: {violation.Help} at {string.Join(", ", violation.Nodes.Select(node => node.Html))}")));
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways");
    }

    [Fact]
    public async Task Inactivity_ShowsTheRemainingTimeThenLeadsToTheSignInPage()
    {
        await using var context = await browsers.NewAsync();
        var page = await context.NewPageAsync();
        await page.Clock.InstallAsync();
        await SignOnAsync(page, Roles.Admin);
        Assert.Contains("20 minutes", await page.InnerTextAsync("#remaining"), StringComparison.Ordinal);
        await page.Clock.FastForwardAsync((long)(Session.Inactivity - TimeSpan.FromMinutes(1)).TotalMilliseconds);
        Assert.Contains("seconds", await page.InnerTextAsync("#remaining"), StringComparison.Ordinal);
        Assert.True(await page.Locator("#stay").IsVisibleAsync());
        await page.Clock.FastForwardAsync(61_000);
        await Assertions.Expect(page).ToHaveURLAsync($"{service.Address}sign-in?ended=inactivity", new() { Timeout = Browsers.Patience });
        Assert.Contains("Twenty minutes without activity", await page.InnerTextAsync("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Form_SignsOnAndTheButtonSignsOff()
    {
        await using var context = await browsers.NewAsync();
        var page = await context.NewPageAsync();
        await page.GotoAsync($"{service.Address}");
        await page.FillAsync("#token", service.Tokens.MintBearer("by-hand", Roles.Privacy, TimeSpan.FromHours(1)));
        await page.ClickAsync("form button");
        Assert.Contains("Access record", await page.InnerTextAsync("h1"), StringComparison.Ordinal);
        await page.ClickAsync("text=Sign off");
        Assert.Contains("You are signed off", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.Equal(["signed-on", "staff-queried", "signed-off"], (await service.LinesOfAsync("by-hand")).Select(line => line.Kind));
    }

    private async Task SignOnAsync(IPage page, string role) =>
        await page.GotoAsync($"{service.Address}sign-in?ticket={service.Tokens.MintTicket(role, role, TimeSpan.FromMinutes(15))}");
}
