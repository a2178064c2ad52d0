using System.Text;
using KpTelemetry.Privacy.Labelling;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Labelling;

public sealed class PlaceTests
{
    private static readonly string[] OwnHosts = ["semicomplete.com", "www.semicomplete.com"];

    [Theory]
    [InlineData("", "(direct)")]
    [InlineData("-", "(direct)")]
    [InlineData("http://semicomplete.com/projects/", "(internal)")]
    [InlineData("https://WWW.Semicomplete.com", "(internal)")]
    [InlineData("https://semicomplete.com:8443/x", "(internal)")]
    [InlineData("https://www.google.com/search", "www.google.com")]
    [InlineData("https://user:secret@example.org/path", "example.org")]
    [InlineData("http://192.168.1.20/intranet", "{…}")]
    [InlineData("http://[2001:db8::1]/x", "{…}")]
    [InlineData("android-app://com.google.android.gm", "com.google.android.gm")]
    [InlineData("about:blank", "about")]
    [InlineData("http:///nothing", "(unknown)")]
    [InlineData("https://exa mple.org/", "(unknown)")]
    public void ReferrerLabel_Of_NamesTheHostAtMost(string referrer, string expected) =>
        Assert.Equal(expected, ReferrerLabel.Of(Encoding.UTF8.GetBytes(referrer), OwnHosts));

    [Theory]
    [InlineData("/", true)]
    [InlineData("/a/", true)]
    [InlineData("/a", true)]
    [InlineData("/a.html", true)]
    [InlineData("/a.php", true)]
    [InlineData("/v1.2/", true)]
    [InlineData("/a.css", false)]
    [InlineData("/a.CSS", false)]
    [InlineData("/a.min.js", false)]
    [InlineData("/robots.txt", false)]
    [InlineData("/favicon.ico", false)]
    [InlineData("/favicon.bmp", false)]
    [InlineData("/feed", false)]
    [InlineData("/blog/feed/", false)]
    [InlineData("/blog/index.rss", false)]
    [InlineData("/x.tar.gz", false)]
    [InlineData("/images/logo.PNG", false)]
    [InlineData("/font.woff2", false)]
    [InlineData("/doc.pdf", false)]
    [InlineData("/atomic.html", true)]
    [InlineData("/feedback", true)]
    public void PageViews_IsPage_FollowsTheContract(string path, bool expected) =>
        Assert.Equal(expected, PageViews.IsPage(Encoding.UTF8.GetBytes(path)));
}
