using System.Net;
using System.Text.RegularExpressions;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.SigningIn;
using Xunit;

namespace KpTelemetry.Service.Tests;

[Collection(nameof(AloneCollection))]
public sealed partial class SigningInTests(RunningService service)
{
    private static readonly Uri Home = new("/", UriKind.Relative);
    private static readonly Uri SignIn = new("/sign-in", UriKind.Relative);
    private static readonly Uri SignOff = new("/sign-off", UriKind.Relative);

    [Fact]
    public async Task Ticket_SignsOnOnce()
    {
        var ticket = new Uri($"/sign-in?ticket={service.Tokens.MintTicket("once", Roles.Admin, TimeSpan.FromMinutes(15))}", UriKind.Relative);
        using var first = service.Browser();
        using var second = service.Browser();
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(first, ticket));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(second, ticket));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(first, Home));
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(second, Home));
        Assert.Equal(["signed-on", "sign-on-failed", "staff-queried"], (await service.LinesOfAsync("once")).Select(line => line.Kind));
    }

    [Fact]
    public async Task Form_TakesABearerTokenAndOnlyWithItsOwnForm()
    {
        using var browser = service.Browser();
        var token = service.Tokens.MintBearer("by-form", Roles.Security, TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(browser, SignIn, new() { ["token"] = token }));
        Assert.Equal(HttpStatusCode.Redirect, await PostAsync(browser, SignIn, await FormAsync(browser, SignIn, ("token", token))));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(browser, Home));
    }

    [Fact]
    public async Task Form_WithAWrongToken_IsRecordedAsFailed()
    {
        using var browser = service.Browser();
        var before = (await service.LinesOfAsync("(unknown)")).Count;
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(browser, SignIn, await FormAsync(browser, SignIn, ("token", "no token"))));
        var line = Assert.Single((await service.LinesOfAsync("(unknown)")).Skip(before));
        Assert.Equal(("sign-on-failed", "failure"), (line.Kind, line.Outcome));
    }

    [Fact]
    public async Task SignOff_EndsTheSessionAlsoForACopyOfItsCookie()
    {
        var cookies = new CookieContainer();
        using var browser = await service.SignedOnAsync(Roles.Admin, "signs-off", cookies);
        var copies = new CookieContainer();
        copies.Add(service.Address, cookies.GetCookies(service.Address));
        using var copy = service.Browser(copies);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(copy, Home));

        Assert.Equal(HttpStatusCode.Redirect, await PostAsync(browser, SignOff, await FormAsync(browser, Home)));

        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(copy, Home));
        Assert.Equal("signed-off", (await service.LinesOfAsync("signs-off"))[^1].Kind);
    }

    [Fact]
    public async Task Inactivity_SignsOffAfterTwentyMinutes_AndRefreshingIsNoActivity()
    {
        using var browser = await service.SignedOnAsync(Roles.Analyst, "inactive");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(browser, Home));
        service.Time.Advance(Session.Inactivity - TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(browser, Home));
        service.Time.Advance(Session.Inactivity - TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(browser, new Uri("/figures?site=kp.org", UriKind.Relative)));
        service.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(browser, Home));

        while ((await service.LinesOfAsync("inactive"))[^1].Kind != "signed-off")
        {
            service.Time.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(20);
        }

        Assert.Equal("inactivity", (await service.LinesOfAsync("inactive"))[^1].Cause);
    }

    [Theory]
    [InlineData(Roles.Analyst, HttpStatusCode.OK)]
    [InlineData(Roles.Marketing, HttpStatusCode.OK)]
    [InlineData(Roles.Security, HttpStatusCode.Forbidden)]
    [InlineData(Roles.Privacy, HttpStatusCode.Forbidden)]
    [InlineData(Roles.Admin, HttpStatusCode.Forbidden)]
    public async Task Page_ForEachRole_ShowsItsPartAndIsRecordedOnce(string role, HttpStatusCode figures)
    {
        var user = $"page-{role}";
        using var browser = await service.SignedOnAsync(role, user);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(browser, Home));
        Assert.Equal(figures, await StatusAsync(browser, new Uri("/figures", UriKind.Relative)));
        var lines = await service.LinesOfAsync(user);
        Assert.Equal(["signed-on", "staff-queried", "staff-queried"], lines.Select(line => line.Kind));
        Assert.Equal(("/", "success", "dashboard"), (lines[1].Resource, lines[1].Outcome, lines[1].Channel));
        Assert.Equal(("/figures", figures == HttpStatusCode.OK ? "success" : "refused"), (lines[2].Resource, lines[2].Outcome));
    }

    [Fact]
    public async Task Cookie_IsNoBearerToken()
    {
        using var browser = await service.SignedOnAsync(Roles.Admin, "cookie-only");
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(browser, new Uri("/api/v1/pipeline", UriKind.Relative)));
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient browser, Uri path)
    {
        using var answer = await browser.GetAsync(path);
        return answer.StatusCode;
    }

    private static async Task<HttpStatusCode> PostAsync(HttpClient browser, Uri path, Dictionary<string, string> fields)
    {
        using var form = new FormUrlEncodedContent(fields);
        using var answer = await browser.PostAsync(path, form);
        return answer.StatusCode;
    }

    private static async Task<Dictionary<string, string>> FormAsync(HttpClient browser, Uri page, params (string Name, string Value)[] fields)
    {
        var token = AntiforgeryField().Match(await browser.GetStringAsync(page)).Groups["value"].Value;
        return fields.Append(("__RequestVerificationToken", token)).ToDictionary(field => field.Item1, field => field.Item2);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<value>[^\"]+)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex AntiforgeryField();
}
