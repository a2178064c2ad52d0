using System.Text;
using CsCheck;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Labelling;

public sealed class PageLabelTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/index.html")]
    [InlineData("/projects/xdotool/")]
    [InlineData("/projects/xdotool/xdotool.xhtml")]
    [InlineData("/blog/geekery/ssl-latency.html")]
    [InlineData("/presentations/logstash-puppetconf-2012/")]
    [InlineData("/presentations/logstash-metrics-sf-2012.10/")]
    [InlineData("/blog/geekery/xdotool-2.20110530.html")]
    [InlineData("/blog/geekery/year-in-review-2011.html")]
    [InlineData("/blog/2007/Jan/31")]
    [InlineData("/blog/geekery/2000-to-2009.html")]
    [InlineData("/blog/tags/shmoocon2007")]
    [InlineData("/style/release-10.15.7/notes")]
    [InlineData("/files/ruby1.8.6-regparse.c")]
    [InlineData("/docs/v2/api-reference/http-2.html")]
    [InlineData("/products/iphone-15-pro/")]
    [InlineData("/videos/h264-vs-mp3")]
    [InlineData("/en-us/find-care/doctors")]
    [InlineData("/health-wellness/covid-19/vaccines")]
    [InlineData("/articles/dynamic-dns-with-dhcp/")]
    [InlineData("/page/12")]
    [InlineData("/seniors/medicare-2026-2027-plans.aspx")]
    [InlineData("/~psionic/projects/")]
    [InlineData("/blog/geekery/atomic-iptables-changes-and-not-dropping-packets.html")]
    [InlineData("/größe/zürich")]
    public void Of_OrdinaryPage_StaysAsItIs(string path) => Assert.Equal(path, Label(path));

    [Theory]
    [InlineData("/users/12345", "/users/{…}")]
    [InlineData("/orders/2024/998877/items", "/orders/2024/{…}/items")]
    [InlineData("/records/3021", "/records/{…}")]
    [InlineData("/results/(device)", "/results/{…}")]
    [InlineData("/results/visit-(card)/print", "/results/{…}/print")]
    [InlineData("/reset/jane.doe@example.org", "/reset/{…}")]
    [InlineData("/reset/jane.doe%40example.org", "/reset/{…}")]
    [InlineData("/reset/jane.doe%252540example.org", "/reset/{…}")]
    [InlineData("/u/550e8400-e29b-41d4-a716-446655440000/edit", "/u/{…}/edit")]
    [InlineData("/u/550e8400e29b41d4a716446655440000", "/u/{…}")]
    [InlineData("/commit/9fceb02d0ae598e95dc970b74767f19372d61af8", "/commit/{…}")]
    [InlineData("/c/a1b2c3d4", "/c/{…}")]
    [InlineData("/appointments/2026-03-14", "/appointments/{…}")]
    [InlineData("/born/19800517", "/born/{…}")]
    [InlineData("/born/05-17-1980", "/born/{…}")]
    [InlineData("/born/17.05.1980", "/born/{…}")]
    [InlineData("/files/patient-19800517.pdf", "/files/{…}")]
    [InlineData("/call/415-555-1212", "/call/{…}")]
    [InlineData("/call/+1%20(415)%20555-1212", "/call/{…}")]
    [InlineData("/call/555-1212", "/call/{…}")]
    [InlineData("/ssn/123-45-6789", "/ssn/{…}")]
    [InlineData("/ssn/123-45-1999", "/ssn/{…}")]
    [InlineData("/ip/192.168.1.20", "/ip/{…}")]
    [InlineData("/ip/2001:db8::1", "/ip/{…}")]
    [InlineData("/zip/94612", "/zip/{…}")]
    [InlineData("/home/1600-pennsylvania-ave", "/home/{…}")]
    [InlineData("/t/eyJhbGciOiJIUzI1NiJ9", "/t/{…}")]
    [InlineData("/watch/dQw4w9WgXcQ", "/watch/{…}")]
    [InlineData("/s/aGVsbG9Xb3JsZFRoaXNJc0xvbmc", "/s/{…}")]
    [InlineData("/q/name=jane", "/q/{…}")]
    [InlineData("/mrn/MRN0012345678", "/mrn/{…}")]
    public void Of_Value_IsReplaced(string path, string expected) => Assert.Equal(expected, Label(path));

    [Theory]
    [InlineData("", "/")]
    [InlineData("*", "/*")]
    [InlineData("//a///b//", "/a/b/")]
    [InlineData("/a/./b/../c", "/a/c")]
    [InlineData("/../../etc/passwd", "/etc/passwd")]
    [InlineData("/a;jsessionid=AB12/b", "/a/b")]
    [InlineData("/a%3Bjsessionid=AB12/b", "/a/b")]
    [InlineData("/a%3Fname=jane", "/a")]
    [InlineData("/a%23frag", "/a")]
    [InlineData("/a%2Fb", "/a/b")]
    [InlineData("/a%252Fb", "/a/b")]
    [InlineData("/blog/tags/jquery%20mobile", "/blog/tags/jquery mobile")]
    [InlineData("/100%", "/100%")]
    [InlineData("/a%zz", "/a%zz")]
    [InlineData("http://example.org/a/b?c", "/a/b")]
    [InlineData("/a%00b/c", "/{…}/c")]
    [InlineData("/a%ff/c", "/{…}/c")]
    [InlineData("/a/b/c/d/e/f/g/h/i/j", "/a/b/c/d/e/f/g/h/{…}")]
    public void Of_OddPath_IsReadSafely(string path, string expected) => Assert.Equal(expected, Label(path));

    [Theory]
    [InlineData("/doctors/jane-doe/reviews", "/doctors/{…}/reviews")]
    [InlineData("/doctors/jane-doe/reviews/", "/doctors/{…}/reviews")]
    [InlineData("/doctors/%6aane-doe/reviews", "/doctors/{…}/reviews")]
    [InlineData("/doctors/find/reviews", "/doctors/find/reviews")]
    [InlineData("/doctors/jane-doe", "/doctors/jane-doe")]
    [InlineData("/forms/10450/12345", "/forms/10450/{…}")]
    [InlineData("/forms/10451/12345", "/forms/{…}/{…}")]
    [InlineData("/", "/")]
    public void Of_DeclaredRoute_GoesBeforeTheRules(string path, string expected)
    {
        var declared = DeclaredRoutes.Of(["/doctors/find/reviews", "/doctors/{id}/reviews", "/forms/10450/{…}"]);

        Assert.Equal(expected, PageLabel.Of(Encoding.UTF8.GetBytes(path), declared));
    }

    [Fact]
    public void Of_LongPath_IsCut()
    {
        var label = Label("/" + string.Join('/', Enumerable.Repeat("abcdefghij-abcdefghij-abcdefghij", 8)));

        Assert.True(label.Length <= PageLabel.MaxLength);
        Assert.EndsWith("/{…}", label, StringComparison.Ordinal);
    }

    // Else a line of two kilobytes could cost what thousands of ordinary ones do.
    [Fact]
    public void Of_SegmentsBeyondTheSixteenth_MakeNoDifference() =>
        Gen.Select(Segments(16, 16), Segments(1, 40), Segments(1, 40)).Check(
            (read, one, other) => Assert.Equal(Label($"/{read}/{one}"), Label($"/{read}/{other}")), iter: 5_000);

    [Fact]
    public void Of_AnyBytes_IsABoundedPathWithoutControlCharacters()
    {
        Gen.Byte.Array[0, 6000].Check(bytes =>
        {
            var label = PageLabel.Of(bytes);
            Assert.True(label.StartsWith('/') && label.Length <= PageLabel.MaxLength && !label.Any(char.IsControl) && !label.Contains('?') && !label.Contains('\uFFFD'));
        }, iter: 2_000);
    }

    [Fact]
    public void Of_AnyText_IsReadWithoutAnError()
    {
        var text = Gen.String[Gen.Char["aZqß9٣中-_./%@=(+ é\u0300\u200B"], 0, 60];
        text.Check(path => Assert.True(PageLabel.Of(Encoding.UTF8.GetBytes("/" + path)) is ['/', ..] label && label.Length <= PageLabel.MaxLength), iter: 20_000);
    }

    private static Gen<string> Segments(int least, int most)
    {
        string[] parts = ["a", "1", "12", "123", "4567", "1980", "may", "aBcD1", "iZE8A", "7b", "mrn", "main-street", "12-34", "x7Kp2a"];
        return Gen.Int[0, parts.Length - 1].Array[least, most].Select(drawn => string.Join('/', drawn.Select(i => parts[i])));
    }

    private static string Label(string path) => PageLabel.Of(Encoding.UTF8.GetBytes(path));
}
