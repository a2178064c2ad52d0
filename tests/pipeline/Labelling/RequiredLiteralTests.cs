using System.Text.RegularExpressions;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Labelling;

public sealed class RequiredLiteralTests
{
    [Theory]
    [InlineData(@"(ESPN)[%20| ]+Radio/(\d+)", "Radio/")]
    [InlineData(@"(Chrome)/(\d+)\.(\d+)", "Chrome")]
    [InlineData(@"abc?def", "def")]
    [InlineData(@"abc*x", "ab")]
    [InlineData(@"ab{0,3}c", "a")]
    [InlineData(@"(?:one|two)-three", "-three")]
    [InlineData(@"(optional)?tail", "tail")]
    [InlineData(@"one|two", "")]
    [InlineData(@"a\.b\/c", "a.b/c")]
    [InlineData(@"\bMOT\b", "MOT")]
    [InlineData(@"[]x]abc", "abc")]
    public void In_Pattern_IsInEveryMatch(string pattern, string expected) => Assert.Equal(expected, RequiredLiteral.In(pattern));

    [Fact]
    public void Rules_AskedThroughTheirLiteral_MatchAsTheirExpressionDoes()
    {
        var agents = AgentsOfTheSample().ToArray();
        foreach (var line in File.ReadLines(Repository.NodeModule("uap-core/regexes.yaml")).Where(line => line.TrimStart().StartsWith("- regex: '", StringComparison.Ordinal)))
        {
            var pattern = line.Trim()["- regex: '".Length..^1].Replace("''", "'", StringComparison.Ordinal);
            var literal = RequiredLiteral.In(pattern);
            var regex = new Regex(pattern, RegexOptions.None, TimeSpan.FromMinutes(1));
            Assert.DoesNotContain(agents, agent => !agent.Contains(literal, StringComparison.Ordinal) && regex.IsMatch(agent));
        }
    }

    private static IEnumerable<string> AgentsOfTheSample() =>
        Repository.SharedData("apache_combined_10k.log") is { } log
            ? File.ReadLines(log).Select(line => line.Split('"')).Where(parts => parts.Length > 5).Select(parts => parts[5]).Distinct().Take(60)
            : ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1"];
}
