using System.Text;
using CsCheck;
using KpTelemetry.Privacy.Minimising;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Minimising;

public sealed class MinimisingTests
{
    private delegate int Rule(ReadOnlySpan<byte> value, Span<byte> destination, ref Removed removed);

    [Theory]
    [InlineData("/", "/", Removed.Nothing)]
    [InlineData("/a/b?q=flu", "/a/b", Removed.Query)]
    [InlineData("/a#part", "/a", Removed.Query)]
    [InlineData("/a;jsessionid=12/b;x=1", "/a/b", Removed.Query)]
    [InlineData("/a%3Bjsessionid=12/b%3Fq=flu", "/a/b", Removed.Query)]
    [InlineData("http://jane:pw@host:8080/a?q", "/a", Removed.Query)]
    [InlineData("http://host", "/", Removed.Nothing)]
    [InlineData("host.example:443", "", Removed.Query)]
    [InlineData("*", "*", Removed.Nothing)]
    [InlineData("", "", Removed.Nothing)]
    [InlineData("//a", "//a", Removed.Nothing)]
    [InlineData("/%7euser/%61%2fb%20c", "/~user/a%2Fb%20c", Removed.Nothing)]
    [InlineData("/pay/4111111111111111", "/pay/(card)", Removed.Card)]
    [InlineData("/pay/4111-1111-1111-1111/done", "/pay/(card)/done", Removed.Card)]
    [InlineData("/pay/%34111%201111%201111%201111", "/pay/(card)", Removed.Card)]
    [InlineData("/pay/1234567890123", "/pay/1234567890123", Removed.Nothing)]
    [InlineData("/pay/94111111111111111", "/pay/9(card)", Removed.Card)]
    [InlineData("/d/123e4567-e89b-12d3-a456-426614174000.html", "/d/(device).html", Removed.Device)]
    [InlineData("/d/0123456789abcdef0123456789abcdef01234567", "/d/(device)", Removed.Device)]
    [InlineData("/d/00008030-001A35E92E89802E", "/d/(device)", Removed.Device)]
    [InlineData("/pay/%2534111%25201111%25201111%25201111", "/pay/(card)", Removed.Card)]
    [InlineData("/pay/%252534111111111111111", "/pay/(card)", Removed.Card)]
    [InlineData("/a%253Fq=flu", "/a", Removed.Query)]
    [InlineData("/a%2525/%25zz", "/a%25/%25zz", Removed.Nothing)]
    [InlineData("/pay/４１１１１１１１１１１１１１１１", "/pay/(card)", Removed.Card)]
    [InlineData("/pay/٤١١١١١١١١١١١١١١١", "/pay/(card)", Removed.Card)]
    [InlineData("/pay/%EF%BC%94111-1111-1111-1111", "/pay/(card)", Removed.Card)]
    [InlineData("/pay/4111\u20111111\u20111111\u20111111", "/pay/(card)", Removed.Card)]
    [InlineData("/pay/4111%E2%80%8B1111%E2%80%8B1111%E2%80%8B1111", "/pay/(card)", Removed.Card)]
    [InlineData("/pay/4111--1111--1111--1111", "/pay/(card)", Removed.Card)]
    [InlineData("/pay/4111,1111:1111*1111", "/pay/(card)", Removed.Card)]
    [InlineData("/pay/4111|1111'1111=1111", "/pay/(card)", Removed.Card)]
    [InlineData("/pay/(4111)(1111)(1111)(1111)", "/pay/((card))", Removed.Card)]
    [InlineData("/pay/4111\u00B71111\u00B71111\u00B71111", "/pay/(card)", Removed.Card)]
    [InlineData("/pay/4111%7C1111%7C1111%7C1111", "/pay/(card)", Removed.Card)]
    [InlineData("/pay/4111/1111/1111/1111/done", "/pay/(card)/done", Removed.Card)]
    [InlineData("/pay/NDExMTExMTExMTExMTExMQ", "/pay/(card)", Removed.Card)]
    [InlineData("/pay/Y2FyZD00MTExIDExMTEgMTExMSAxMTEx.html", "/pay/(card).html", Removed.Card)]
    [InlineData("/d/MTIzZTQ1NjctZTg5Yi0xMmQzLWE0NTYtNDI2NjE0MTc0MDAw", "/d/(device)", Removed.Device)]
    [InlineData("/d/00:1B:44:11:3A:B7", "/d/(device)", Removed.Device)]
    [InlineData("/d/00-1b-44-11-3a-b7", "/d/(device)", Removed.Device)]
    [InlineData("/2024/03/15/a-title-of-an-article-with-many-words", "/2024/03/15/a-title-of-an-article-with-many-words", Removed.Nothing)]
    public void Target_IsReducedToThePath(string target, string expected, Removed removed) => Assert.Equal((expected, removed), Apply(MinimisePath.Target, target));

    [Theory]
    [InlineData("-", "", Removed.Nothing)]
    [InlineData("https://Jane:pw@Search.Example:8443/Find?q=flu#x", "https://search.example:8443/Find", Removed.Query)]
    [InlineData("HTTP://a", "http://a/", Removed.Nothing)]
    [InlineData("android-app://com.example.app/", "android-app://com.example.app/", Removed.Nothing)]
    [InlineData("javascript:alert(1)", "", Removed.Query)]
    [InlineData("https://4111111111111111.com/", "https://(card).com/", Removed.Card)]
    [InlineData("https://4111.1111.1111.1111.example.org/a", "https://(card).example.org/a", Removed.Card)]
    [InlineData("https://example.org:4111111111111111/a", "https://example.org:(card)/a", Removed.Card)]
    [InlineData("https://123e4567-e89b-12d3-a456-426614174000.example.org/", "https://(device).example.org/", Removed.Device)]
    [InlineData("http://a b/", "", Removed.Query)]
    [InlineData("see my notes about jane", "", Removed.Query)]
    public void Referrer_IsReducedToSchemeHostAndPath(string referrer, string expected, Removed removed) => Assert.Equal((expected, removed), Apply(MinimiseReferrer.Apply, referrer));

    [Fact]
    public void An_agent_is_cut_so_that_no_part_of_a_number_stays_at_the_end()
    {
        var (agent, _) = Apply(MinimiseText.Agent, new string('x', 100) + " " + new string('y', 400) + " 4111111111111111 tail");
        Assert.DoesNotContain("4111", agent, StringComparison.Ordinal);
        Assert.True(Encoding.UTF8.GetByteCount(agent) <= MinimiseText.MaxAgentBytes);
    }

    [Fact]
    public void Canaries_in_any_field_never_come_through()
    {
        string[] canaries = ["4111111111111111", "5500-0055-5555-5559", "123e4567-e89b-12d3-a456-426614174000", "0123456789abcdef0123456789abcdef01234567"];
        var text = Gen.String[Gen.Char["/ab.-_%;?=& "], 0, 40];
        Gen.Select(text, Gen.Int[0, canaries.Length - 1], text).Check((before, which, after) =>
        {
            foreach (var rule in new Rule[] { MinimisePath.Target, MinimiseReferrer.Apply, MinimiseText.Agent })
            {
                foreach (var prefix in new[] { "/", "https://host/" })
                {
                    var (kept, _) = Apply(rule, $"{prefix}{before}/{canaries[which]}/{after}");
                    Assert.DoesNotContain(canaries[which], kept, StringComparison.Ordinal);
                }
            }
        }, iter: 5000);
    }

    [Fact]
    public void Nothing_is_masked_in_ordinary_routes_and_in_the_sample_logs_pages()
    {
        var paths = File.ReadLines(Path.Combine(Repository.Root, "tests", "pipeline", "Labelling", "ordinary-routes.txt")).Where(line => line.StartsWith('/'));
        if (Repository.SharedData("apache_combined_10k.log") is { } log)
            paths = paths.Concat(File.ReadLines(log).SelectMany(line => new[] { line.Split('"')[1].Split(' ').ElementAtOrDefault(1) ?? "", line.Split('"').ElementAtOrDefault(5) ?? "" }));

        // A feed reader tells a number of twenty digits, of which a card's is a part by chance: that is masked.
        Assert.DoesNotContain(paths.Distinct(StringComparer.Ordinal).Where(path => !path.Contains("feed-id=", StringComparison.Ordinal)), path => (Apply(MinimiseText.Agent, path.Split('?', '#')[0]).Removed & (Removed.Card | Removed.Device)) != Removed.Nothing);
    }

    [Fact]
    public void Arbitrary_bytes_come_out_as_bounded_text_without_control_characters()
    {
        Gen.Byte.Array[0, 6000].Check(bytes =>
        {
            foreach (var rule in new Rule[] { MinimisePath.Target, MinimisePath.Path, MinimiseReferrer.Apply, MinimiseText.Agent })
            {
                var destination = new byte[MinimiseText.Room];
                var removed = Removed.Nothing;
                var kept = destination.AsSpan(0, rule(bytes, destination, ref removed));
                Assert.True(System.Text.Unicode.Utf8.IsValid(kept));
                Assert.DoesNotContain(Encoding.UTF8.GetString(kept).ToCharArray(), char.IsControl);
            }
        }, iter: 2000);
    }

    private static (string Kept, Removed Removed) Apply(Rule rule, string value)
    {
        var destination = new byte[MinimiseText.Room];
        var removed = Removed.Nothing;
        var length = rule(Encoding.UTF8.GetBytes(value), destination, ref removed);
        return (Encoding.UTF8.GetString(destination, 0, length), removed);
    }
}
