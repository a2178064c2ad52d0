using Deque.AxeCore.Playwright;
using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.ReadingLines;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Platform.Keys;
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
    public async Task Look_ByBreakingTheGlass_IsShownToPrivacyAtOnce_AndItsReviewClosesIt()
    {
        var look = new StaffRead { User = "pages-looker", Role = Roles.Security, Resource = "/api/v1/audit/members/lookup", Purpose = AskGrant.BreakGlass, Case = "C-pages-5", Correlation = "trace", Subject = "pages-looked" };
        await service.Service<AccessRecord>().RecordReadAsync(look, CancellationToken.None);
        await service.Service<AccessRecord>().RecordReadAsync(look, CancellationToken.None);
        await using var context = await browsers.NewAsync();
        var page = await SignOnAsync(context, Roles.Privacy, "pages-look-reviewer");
        Assert.Contains("open case", await page.InnerTextAsync("[data-part=cases]"), StringComparison.Ordinal);
        await page.GotoAsync($"{service.Address}cases");
        var row = await RowAsync(page, "C-pages-5");
        Assert.All(["pages-looker", "pages-looked", "their access record, looked at 2 times", "review by"], told => Assert.Contains(told, row, StringComparison.Ordinal));
        await page.ClickAsync("tr:has-text('C-pages-5') >> text=Close the review");
        Assert.Equal(0, await page.Locator("tr:has-text('C-pages-5')").CountAsync());
    }

    [Fact]
    public async Task Lines_AreReadOnThePage_InParts_OthersMasked_EachReadingOnTheRecordOnce()
    {
        var at = service.Time.GetUtcNow().AddHours(-1);
        await SealedGroups.WriteAsync(service,
            new SignedOnLine("pages-lines", at, "/my/messages", "203.0.113.7"),
            new SignedOnLine("pages-lines-other", at, "/my/secret", "203.0.113.8"),
            new SignedOnLine("pages-lines", at.AddMinutes(1), "/my/bills", "203.0.113.9", Actor: "pages-lines-parent"),
            new SignedOnLine("pages-lines", at.AddMinutes(2), "/my/tests", "203.0.113.10"));
        await GivenAsync("C-pages-4", new GrantScope("pages-lines", null, at.AddDays(-1), at.AddHours(1)), "pages-reader");
        await using var context = await browsers.NewAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 360, Height = 800 } });
        var (page, asked) = (await SignOnAsync(context, Roles.Security, "pages-reader"), new List<string>());
        page.Request += (_, request) => asked.Add(request.Url);
        await page.GotoAsync($"{service.Address}cases");
        await page.FillAsync("tr:has-text('C-pages-4') input[name=limit]", "2");
        await page.ClickAsync("tr:has-text('C-pages-4') >> button:text-is('Read')");

        Assert.Equal(2, await page.Locator("tbody tr").CountAsync());
        var shown = await page.InnerTextAsync("main");
        Assert.All(["pages-lines", "/my/messages", "203.0.113.7", "Firefox", "/my/bills", IdentifiedLine.Masked, "98 of 100 lines are left", "C-pages-4"], told => Assert.Contains(told, shown, StringComparison.Ordinal));
        Assert.All(["other", "secret", "parent", "/my/tests"], told => Assert.DoesNotContain(told, shown, StringComparison.Ordinal));
        var violations = (await page.RunAxe()).Violations;
        Assert.True(violations.Length == 0, string.Join(Environment.NewLine, violations.Select(violation => $"{violation.Id}: {violation.Help} at {string.Join(", ", violation.Nodes.Select(node => node.Html))}")));
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways");

        await page.ClickAsync("text=Go on");
        Assert.Contains("/my/tests", Assert.Single(await page.Locator("tbody tr").AllInnerTextsAsync()), StringComparison.Ordinal);
        Assert.Equal(0, await page.Locator("text=Go on").CountAsync());
        Assert.NotEmpty(asked);
        Assert.All(asked, address => Assert.DoesNotContain("pages-lines", address, StringComparison.Ordinal));
        Assert.Equal(
            ["signed-on", "staff-queried", "staff-queried", "grant-used", "staff-queried", "grant-used", "staff-queried"],
            (await service.LinesOfAsync("pages-reader")).Where(line => line.Kind != "grant-asked").OrderBy(line => line.Index).Select(line => line.Kind));
    }

    [Fact]
    public async Task Lines_WhoseKeysHaveEnded_AreTold_AndAGrantThatIsOverIsRefusedInWords()
    {
        var at = new DateTimeOffset(2024, 3, 4, 5, 6, 7, TimeSpan.Zero);
        await SealedGroups.WriteAsync(service, new SignedOnLine("pages-gone", at, "/my/messages", "203.0.113.7"));
        service.Keys.End(KeyNames.Sealing(new DateOnly(2024, 3, 4)));
        var id = await GivenAsync("C-pages-6", new GrantScope(null, RunningService.Site, at.AddHours(-1), at.AddHours(1)), "pages-gone-reader");
        await using var context = await browsers.NewAsync();
        var page = await SignOnAsync(context, Roles.Security, "pages-gone-reader");
        await page.GotoAsync($"{service.Address}cases");
        await page.ClickAsync("tr:has-text('C-pages-6') >> button:text-is('Read')");
        Assert.Contains("are gone", await page.InnerTextAsync("main"), StringComparison.Ordinal);

        await page.GotoAsync($"{service.Address}cases");
        await service.Service<GrantBook>().EndAsync(id, new Act("pages-quick", Roles.Privacy, "api", "trace"), CancellationToken.None);
        await page.ClickAsync("tr:has-text('C-pages-6') >> button:text-is('Read')");
        Assert.Contains("The grant is over", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.Equal("refused", (await service.LinesOfAsync("pages-gone-reader")).MaxBy(line => line.Index)!.Outcome);
    }

    private async Task<string> GivenAsync(string number, GrantScope scope, string asker)
    {
        var asked = await service.Service<GrantBook>().AskAsync(new AskGrant("legal", number, scope), new Act(asker, Roles.Security, "api", "trace"), CancellationToken.None);
        Assert.Null((await service.Service<GrantBook>().GiveAsync(asked.Grant!.Id, new Act("pages-giver", Roles.Privacy, "api", "trace"), CancellationToken.None)).Refusal);
        return asked.Grant.Id;
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
