using System.Net;
using System.Text.Json;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Labelling;

public sealed class AgentTests
{
    [Theory]
    [InlineData("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.77 Safari/537.36", "Chrome", "Mac OS X", "desktop")]
    [InlineData("Mozilla/5.0 (Windows NT 6.1; WOW64; rv:27.0) Gecko/20100101 Firefox/27.0", "Firefox", "Windows", "desktop")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2210.61", "Edge", "Windows", "desktop")]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1", "Mobile Safari", "iOS", "mobile")]
    [InlineData("Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1", "Mobile Safari", "iOS", "tablet")]
    [InlineData("Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36", "Chrome Mobile", "Android", "mobile")]
    [InlineData("Mozilla/5.0 (Linux; Android 12; SM-T970) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36", "Chrome", "Android", "tablet")]
    [InlineData("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0", "Firefox", "Ubuntu", "desktop")]
    [InlineData("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36", "Chrome", "Chrome OS", "desktop")]
    [InlineData("Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.16", "Opera", "Windows", "desktop")]
    [InlineData("Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)", "IE", "Windows", "desktop")]
    [InlineData("Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) AppleWebKit/538.1 (KHTML, like Gecko) Version/5.0 TV Safari/538.1", null, null, "other")]
    public void Classify_Human_NamesFamiliesAndClass(string agent, string? browser, string? system, string device)
    {
        var found = Lists.Reference.AgentClassifier.Classify(agent);

        Assert.True(found.IsHuman, found.Bot);
        Assert.Equal(device, found.Device);
        Assert.Equal(browser ?? found.Browser, found.Browser);
        Assert.Equal(system ?? found.Os, found.Os);
    }

    [Theory]
    [InlineData("", "(no agent)")]
    [InlineData("-", "(no agent)")]
    [InlineData("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot")]
    [InlineData("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "bingbot")]
    [InlineData("Wget/1.21", "wget")]
    [InlineData("curl/8.1.2", "curl")]
    [InlineData("Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)", null)]
    [InlineData("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "AhrefsBot")]
    [InlineData("msnbot/2.0b (+http://search.msn.com/msnbot.htm)", "msnbot")]
    public void Classify_Bot_HasAName(string agent, string? name)
    {
        var found = Lists.Reference.AgentClassifier.Classify(agent);

        Assert.False(found.IsHuman);
        Assert.Equal(name ?? found.Bot, found.Bot);
    }

    [Fact]
    public void Classify_EveryInstanceOfTheList_IsABot()
    {
        using var list = JsonDocument.Parse(File.ReadAllBytes(Repository.NodeModule("crawler-user-agents/crawler-user-agents.json")));
        var instances = list.RootElement.EnumerateArray().SelectMany(entry => entry.GetProperty("instances").EnumerateArray()).Select(agent => agent.GetString()!);

        Assert.DoesNotContain(instances, agent => Lists.Reference.AgentClassifier.Classify(agent).IsHuman);
    }

    // The lists copy the names of apps, and of makers of televisions, from the agent.
    [Theory]
    [InlineData("MyChart/3 CFNetwork/1390 Darwin/22.0.0", "MyChart")]
    [InlineData("jane.doe@example.com/1 CFNetwork/1390 Darwin/22.0.0", "(unknown)")]
    [InlineData("MyChart 1961-02-14/1 CFNetwork/1390 Darwin/22.0.0", "(unknown)")]
    [InlineData("MRN4111222233334444/1 CFNetwork/1390 Darwin/22.0.0", "(unknown)")]
    [InlineData("An app whose name goes on for more than forty letters/1 CFNetwork/1390 Darwin/22.0.0", "(unknown)")]
    public void Classify_NameThatIsCopied_HoldsNoValue(string agent, string browser)
    {
        var found = Lists.Reference.AgentClassifier.Classify(agent);

        Assert.True(found.IsHuman, found.Bot);
        Assert.Equal(browser, found.Browser);
    }

    [Theory]
    [InlineData("8.8.8.8", "US")]
    [InlineData("2001:4860:4860::8888", "US")]
    [InlineData("193.0.6.139", "NL")]
    [InlineData("10.1.2.3", "(unknown)")]
    public void Country_OfAddress_IsFromTheList(string address, string expected) =>
        Assert.Equal(expected, Lists.Reference.Countries.Of(IPAddress.Parse(address)));

    [Fact]
    public void Country_OfNoAddress_IsUnknown() => Assert.Equal("(unknown)", Lists.Reference.Countries.Of(null));
}
