using System.Text;
using CsCheck;
using KpTelemetry.Ingest.Parsing;
using KpTelemetry.Schemas;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Parsing;

public sealed class LogLineParserTests
{
    private const string Time = "[17/May/2015:10:05:03 +0000]";
    private static readonly long TimeMs = DateTimeOffset.Parse("2015-05-17T10:05:03Z").ToUnixTimeMilliseconds();

    [Theory]
    [InlineData($"""1.2.3.4 - - {Time} "GET / HTTP/1.1" 200 12 "-" "Mozilla" """, "GET", "/", 200, 12, "", "Mozilla")]
    [InlineData($"""1.2.3.4 - - {Time} "GET / HTTP/1.1" 200 12 "http://a/" "Mozilla (no end""", "GET", "/", 200, 12, "http://a/", "Mozilla (no end")]
    [InlineData($"""1.2.3.4 - - {Time} "GET /a b HTTP/1.1" 304 - "-" "-" """, "GET", "/a b", 304, 0, "", "")]
    [InlineData($"""1.2.3.4 - - {Time} "GET /old" 009 5 "-" "x" """, "GET", "/old", 0, 5, "", "x")]
    [InlineData($"""1.2.3.4 - - {Time} "" 408 0 "-" "-" """, "", "", 408, 0, "", "")]
    [InlineData($"""1.2.3.4 - - {Time} "-" 408 0 "-" "-" """, "", "", 408, 0, "", "")]
    [InlineData($"""1.2.3.4 - - {Time} "\x16\x03\x01" 400 226 "-" "-" """, "", "", 400, 226, "", "")]
    [InlineData($"""2001:db8::1 - - {Time} "GET /\"q\" HTTP/1.0" 200 1 "-" "a\\b \"c\"" """, "GET", "/\"q\"", 200, 1, "", "a\\b \"c\"")]
    [InlineData($"""1.2.3.4 - - {Time} "GET / HTTP/1.1" 200 1 "-" "x" "10.0.0.1" 0.003""", "GET", "/", 200, 1, "", "x")]
    [InlineData($"""1.2.3.4 - - {Time} "GET / HTTP/1.1" 200 1""", "GET", "/", 200, 1, "", "")]
    public void Auto_ReadsWhatServersWrite(string line, string method, string target, int status, long bytes, string referrer, string agent)
    {
        var parsed = Parse(line.TrimEnd(' '), LogFormat.Auto);
        Assert.Equal(Reason.None, parsed.Reason);
        Assert.Equal((TimeMs, method, target, (uint)status, (ulong)bytes, referrer, agent), (parsed.TimeMs, parsed.Method, parsed.Target, parsed.Status, parsed.Bytes, parsed.Referrer, parsed.Agent));
    }

    [Theory]
    [InlineData("- - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1", Reason.MissingField)]
    [InlineData("1.2.3.4 - - [31/Apr/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1", Reason.BadTime)]
    [InlineData("1.2.3.4 - - [17/May/2015:24:05:03 +0000] \"GET / HTTP/1.1\" 200 1", Reason.BadTime)]
    [InlineData("1.2.3.4 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 600 1", Reason.MalformedLine)]
    [InlineData("1.2.3.4 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 99999999999999999999", Reason.MalformedLine)]
    [InlineData("1.2.3.4 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1 \"-\"", Reason.MalformedLine)]
    [InlineData("1.2.3.4 - - [17/May/2015:10:05:03 +0000] \"GET /\0 HTTP/1.1\" 200 1", Reason.BinaryData)]
    [InlineData("Mai 17 10:05:03 host sshd[12]: no web log", Reason.MalformedLine)]
    public void Auto_RejectsWithTheReason(string line, Reason reason) => Assert.Equal(reason, Parse(line, LogFormat.Auto).Reason);

    [Fact]
    public void A_user_with_spaces_is_read_whole() =>
        Assert.Equal("jane [x] doe", Parse($"1.2.3.4 - jane [x] doe {Time} \"GET / HTTP/1.1\" 200 1", LogFormat.Auto).User);

    [Fact]
    public void Bytes_that_are_no_utf8_are_binary_and_a_long_line_is_too_long()
    {
        var line = default(LogLine);
        byte[] broken = [.. "1.2.3.4 - - "u8, 0xC3, 0x28];
        Assert.Equal(Reason.BinaryData, new LogLineParser().Parse(broken, LogFormat.Auto, ref line));
        Assert.Equal(Reason.LineTooLong, new LogLineParser().Parse(new byte[LogLineParser.MaxLineBytes + 1], LogFormat.Auto, ref line));
    }

    [Fact]
    public void It_agrees_with_the_model_on_lines_near_to_valid_ones()
    {
        string[] seeds =
        [
            $"""192.0.2.7 - jane {Time} "GET /a/b?c=d HTTP/1.1" 200 203 "https://e.example/f" "Mozilla/5.0 (X11)" """,
            $"""2001:db8::7 ident "" [29/Feb/2016:23:59:60 -0730] "\x16\x03" 400 - "-" "-" "more" """,
            $"""h - a b [31/Dec/1999:00:00:00 +1400] "POST /\"x\\y\" z HTTP/2.0" 009 0 "r\"" "a\\" """,
        ];
        var edit = Gen.Select(Gen.Int[0, 2], Gen.Double[0, 1], Gen.Char["\"\\ []-/:x0aé\t+9"]);
        Gen.Select(Gen.Int[0, seeds.Length - 1], edit.Array[0, 4], Gen.Int[0, 2]).Check(
            (seed, edits, format) =>
            {
                var line = edits.Aggregate(seeds[seed].TrimEnd(' '), Apply);
                AssertAgrees(line, (LogFormat)format);
            },
            iter: 30_000);
    }

    [Fact]
    public void Arbitrary_bytes_get_a_reason_and_never_an_exception()
    {
        var parser = new LogLineParser();
        Gen.Byte.Array[0, 300].Check(
            bytes =>
            {
                var line = default(LogLine);
                Assert.NotEqual(Reason.Unreadable, parser.Parse(bytes, LogFormat.Auto, ref line));
            },
            iter: 20_000,
            threads: 1);
    }

    [Fact]
    public void Every_line_of_the_sample_log_agrees_with_the_model()
    {
        if (Repository.SharedData("apache_combined_10k.log") is not { } sample)
        {
            Assert.Skip("the shared sample log is not beside the clone");
            return;
        }

        var lines = File.ReadAllLines(sample);
        Assert.Equal(10_000, lines.Length);
        Assert.All(lines, line => AssertAgrees(line, LogFormat.Combined));
        Assert.All(lines, line => Assert.Equal(Reason.None, Parse(line, LogFormat.Auto).Reason));
    }

    private static string Apply(string line, (int Kind, double At, char Character) edit)
    {
        var at = (int)(edit.At * line.Length);
        return edit.Kind switch
        {
            0 => line.Insert(at, edit.Character.ToString()),
            1 when at < line.Length => line.Remove(at, 1),
            _ => line[..at] + edit.Character + (at < line.Length ? line[(at + 1)..] : ""),
        };
    }

    // The model reads bytes as Latin-1, since an escape may stand for any byte.
    private static void AssertAgrees(string line, LogFormat format) =>
        Assert.Equal(ModelParser.Parse(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(line)), format), Parse(line, format));

    private static ParsedLine Parse(string text, LogFormat format)
    {
        var line = default(LogLine);
        var reason = new LogLineParser().Parse(Encoding.UTF8.GetBytes(text), format, ref line);
        return reason != Reason.None
            ? new ParsedLine(reason)
            : new ParsedLine(reason, Text(line.Address), Text(line.User), line.TimeMs, Text(line.Method), Text(line.Target), line.Status, line.Bytes, Text(line.Referrer), Text(line.Agent));
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
