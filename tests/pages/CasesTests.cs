using Deque.AxeCore.Playwright;
using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.Grants;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.Service.Tests;
using Microsoft.Playwright;
using Xunit;

namespace KpTelemetry.Pages.Tests;

/// <summary>Cases in a real browser.</summary>
public sealed class CasesTests(RunningService service, Browsers browsers)
{
    [Fact]
    public async Task Grant_IsAskedForBySecurityAndGivenByPrivacy()
    {
        await using var one = await browsers.NewAsync();
        var ann = await SignOnAsync(one, Roles.Security, "pages-ann");
        await ann.ClickAsync("[data-part=cases] a");
        await ann.FillAsync("#case", "C-pages-1");
        await ann.FillAsync("#member", "pages-member");
        await ann.ClickAsync("[data-part=ask] button");
        Assert.EndsWith("/cases", ann.Url, StringComparison.Ordinal);
        Assert.Contains("pages-member", await RowAsync(ann, "C-pages-1"), StringComparison.Ordinal);
        Assert.Equal(0, await ann.Locator("tr:has-text('C-pages-1') >> text=Give").CountAsync());

        await using var two = await browsers.NewAsync();
        var pam = await SignOnAsync(two, Roles.Privacy, "pages-pam");
        await pam.GotoAsync($"{service.Address}cases");
        await pam.ClickAsync("tr:has-text('C-pages-1') >> text=Give");
        Assert.Contains("given", await RowAsync(pam, "C-pages-1"), StringComparison.Ordinal);
        await pam.ClickAsync("tr:has-text('C-pages-1') >> text=End");
        Assert.Equal(0, await pam.Locator("tr:has-text('C-pages-1')").CountAsync());
        Assert.Equal(
            ["signed-on", "staff-queried", "staff-queried", "grant-given", "staff-queried", "grant-ended", "staff-queried"],
            (await service.LinesOfAsync("pages-pam")).OrderBy(line => line.Index).Select(line => line.Kind));
    }

    [Fact]
    public async Task BreakGlass_IsShownToPrivacyAtOnce_AndItsReviewClosesIt()
    {
        var act = new Act("pages-breaker", Roles.Security, "api", "trace");
        var now = service.Time.GetUtcNow();
        var asked = await service.Service<GrantBook>().AskAsync(new AskGrant(AskGrant.BreakGlass, "C-pages-2", new GrantScope("pages-other", null, now.AddDays(-1), now)), act, CancellationToken.None);
        await using var context = await browsers.NewAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 360, Height = 800 } });
        var page = await SignOnAsync(context, Roles.Privacy, "pages-reviewer");
        Assert.Contains("open case", await page.InnerTextAsync("[data-part=cases]"), StringComparison.Ordinal);
        await page.GotoAsync($"{service.Address}cases");
        var violations = (await page.RunAxe()).Violations;
        Assert.True(violations.Length == 0, string.Join(Environment.NewLine, violations.Select(violation => $"{violation.Id}: {violation.Help} at {string.Join(", ", violation.Nodes.Select(node => node.Html))}")));
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways");

        await page.SelectOptionAsync("tr:has-text('C-pages-2') select", "unjustified");
        await page.FillAsync("tr:has-text('C-pages-2') input[name=why]", "nobody asked");
        await page.ClickAsync("tr:has-text('C-pages-2') >> text=Close the review");
        Assert.Equal(0, await page.Locator("tr:has-text('C-pages-2')").CountAsync());
        Assert.Equal("unjustified", (await service.Service<GrantBook>().FindAsync(asked.Grant!.Id, CancellationToken.None))!.Verdict);
    }

    [Fact]
    public async Task Form_ThatComesTooLate_IsRefusedInWords()
    {
        var now = service.Time.GetUtcNow();
        var asked = await service.Service<GrantBook>().AskAsync(
            new AskGrant("legal", "C-pages-3", new GrantScope(null, "kp.org", now.AddDays(-1), now)), new Act("pages-asker", Roles.Security, "api", "trace"), CancellationToken.None);
        await using var one = await browsers.NewAsync();
        var pam = await SignOnAsync(one, Roles.Privacy, "pages-late");
        await pam.GotoAsync($"{service.Address}cases");
        await service.Service<GrantBook>().RefuseAsync(asked.Grant!.Id, null, new Act("pages-quick", Roles.Privacy, "api", "trace"), CancellationToken.None);
        await pam.ClickAsync("tr:has-text('C-pages-3') >> text=Give");
        Assert.Contains("decided already", await pam.InnerTextAsync("main"), StringComparison.Ordinal);
        await pam.ClickAsync("main a");
        Assert.EndsWith("/cases", pam.Url, StringComparison.Ordinal);
    }

    private async Task<IPage> SignOnAsync(IBrowserContext context, string role, string user)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync($"{service.Address}sign-in?ticket={service.Tokens.MintTicket(user, role, TimeSpan.FromMinutes(15))}");
        return page;
    }

    private static Task<string> RowAsync(IPage page, string number) => page.InnerTextAsync($"tr:has-text('{number}')");
}
