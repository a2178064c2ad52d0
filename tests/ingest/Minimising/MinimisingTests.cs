using System.Text;
using CsCheck;
using KpTelemetry.Privacy.Minimising;
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
    public void Target_IsReducedToThePath(string target, string expected, Removed removed) => Assert.Equal((expected, removed), Apply(MinimisePath.Target, target));

    [Theory]
    [InlineData("-", "", Removed.Nothing)]
    [InlineData("https://Jane:pw@Search.Example:8443/Find?q=flu#x", "https://search.example:8443/Find", Removed.Query)]
    [InlineData("HTTP://a", "http://a/", Removed.Nothing)]
    [InlineData("android-app://com.example.app/", "android-app://com.example.app/", Removed.Nothing)]
    [InlineData("javascript:alert(1)", "", Removed.Query)]
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
        Gen.Select(text, Gen.Int[0, canaries.Length - 1], text).Sample((before, which, after) =>
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
    public void Arbitrary_bytes_come_out_as_bounded_text_without_control_characters()
    {
        Gen.Byte.Array[0, 6000].Sample(bytes =>
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
