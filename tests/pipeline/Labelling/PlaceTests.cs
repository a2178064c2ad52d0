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
    [InlineData("http://semicomplete.com/projects/", "/projects/")]
    [InlineData("https://WWW.Semicomplete.com", "/")]
    [InlineData("https://semicomplete.com:8443/x/12345?q", "/x/{…}")]
    [InlineData("https://www.google.com/search", "www.google.com")]
    [InlineData("https://user:secret@example.org/path", "example.org")]
    [InlineData("http://123.45.678.example.org/", "{…}.example.org")]
    [InlineData("http://192.168.1.20/intranet", "{…}")]
    [InlineData("http://[2001:db8::1]/x", "{…}")]
    [InlineData("android-app://com.google.android.gm", "com.google.android.gm")]
    [InlineData("https://example.org.:443/x", "example.org")]
    [InlineData("https://jane-doe-19800517.example.org/", "{…}.example.org")]
    [InlineData("https://mrn0012345.portal.example.co.uk/", "{…}.example.co.uk")]
    [InlineData("https://user42.mail.example.com/", "{…}.example.com")]
    [InlineData("https://ec2-54-12-33-1.compute-1.amazonaws.com/", "{…}.amazonaws.com")]
    [InlineData("https://d1a2b3c4d5e6f7.cloudfront.net/", "{…}.cloudfront.net")]
    [InlineData("https://jane-doe-19800517.org/", "{…}")]
    [InlineData("https://a.b.c.d.e.example.org/", "{…}.example.org")]
    [InlineData("http://xn--90adhhccf5aeewt7j.xn--p1ai/", "xn--90adhhccf5aeewt7j.xn--p1ai")]
    [InlineData("http://xn--9999999999999999.example.org/", "{…}.example.org")]
    [InlineData("http://www.163.com/", "www.163.com")]
    [InlineData("http://1688.com/", "1688.com")]
    [InlineData("http://078.05.1120.com/", "{…}")]
    [InlineData("http://ssn.078.05.1120.org/", "{…}")]
    [InlineData("http://mrn.1234.com/", "{…}")]
    [InlineData("http://94601.co.uk/", "{…}")]
    [InlineData("https://(card).example.org/", "{…}.example.org")]
    [InlineData("https://(device).ads.example.com/", "{…}.example.com")]
    [InlineData("https://(card).com/", "{…}")]
    [InlineData("http://3232235796/", "{…}")]
    [InlineData("http://0x7f000001/", "{…}")]
    [InlineData("http://10.0.0.1.nip.io/", "{…}.nip.io")]
    [InlineData("http://a..example.org/", "{…}.example.org")]
    [InlineData("https://us02web.zoom.us/", "us02web.zoom.us")]
    [InlineData("https://outlook.office365.com/", "outlook.office365.com")]
    [InlineData("about:blank", "about")]
    [InlineData("http:///nothing", "(unknown)")]
    [InlineData("https://exa mple.org/", "(unknown)")]
    public void ReferrerLabel_Of_NamesTheHostAtMost(string referrer, string expected) =>
        Assert.Equal(expected, ReferrerLabel.Of(Encoding.UTF8.GetBytes(referrer), OwnHosts));

    [Theory]
    [InlineData("/go/https:/example.org/jane", true)]
    [InlineData("/doctors/{id}/reviews", false)]
    [InlineData("/forms/1045/{…}", false)]
    public void DeclaredNames_MayIdentify_AUrlInARoute(string route, bool expected) => Assert.Equal(expected, DeclaredNames.MayIdentify(route));

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
