using System.Text;
using System.Text.RegularExpressions;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Labelling;

/// <summary>Routes against lists made by hand: ordinary ones, values, and the pages of the sample log.</summary>
public sealed partial class RouteTests
{
    private const string Value = "{…}";

    [Fact]
    public void Of_EveryOrdinaryRoute_StaysAsItIs()
    {
        Assert.True(RouteLists.Ordinary.Count >= 500);
        Assert.Equal(RouteLists.Ordinary, RouteLists.Ordinary.Select(Label));
    }

    [Fact]
    public void Of_EveryValue_IsReplaced() =>
        Assert.Equal(RouteLists.Values.Select(value => $"{value.Path} {value.Route}"), RouteLists.Values.Select(value => $"{value.Path} {Label(value.Path)}"));

    [Fact]
    public void Of_ValueInAnyCase_IsReplaced() =>
        Assert.DoesNotContain(RouteLists.Values.Where(value => !value.Path.Contains('%') && !IsCaseSensitive(value.Path)), value => !Label(value.Path.ToUpperInvariant()).Contains(Value, StringComparison.Ordinal));

    [Fact]
    public void Of_SampleLog_MergesAndSplitsFewerThanOnePageInAHundredWrongly()
    {
        Assert.SkipUnless(Repository.SharedData("apache_combined_10k.log") is not null, "needs ../shared/data");
        var pages = File.ReadLines(Repository.SharedData("apache_combined_10k.log")!).Select(line => PageForm().Match(line)).Where(match => match.Success)
            .Select(match => match.Groups["path"].Value).Where(path => PageViews.IsPage(Encoding.UTF8.GetBytes(path))).Distinct(StringComparer.Ordinal).ToArray();
        var wrong = pages.Where(path => Label(path) != JudgedByHand(path)).ToArray();

        Assert.True(pages.Length > 600, $"{pages.Length} pages");
        Assert.True(wrong.Length * 100 < pages.Length, $"{wrong.Length} of {pages.Length}: {string.Join(' ', wrong)}");
    }

    // The judgement, made by reading the log's paths: the directories of /files/blogposts are named by dates alone, and
    // what holds a mark that no page's name holds was mangled by a client. Everything else names a page.
    private static string JudgedByHand(string path)
    {
        var segments = Uri.UnescapeDataString(path).Split(';')[0].Split('/');
        for (var i = 1; i < segments.Length; i++)
        {
            if ((segments[i - 1] == "blogposts" && segments[i].Length == 8) || segments[i].AsSpan().ContainsAny("\"={}"))
                segments[i] = Value;
        }

        return "/" + string.Join('/', segments.Where((segment, i) => segment.Length > 0 || i == segments.Length - 1));
    }

    // Base64 says something else in another case, and the door's masks have one.
    private static bool IsCaseSensitive(string path) => Regex.IsMatch(path, "[a-z][A-Z]|\\(card|\\(device", RegexOptions.NonBacktracking);

    private static string Label(string path) => PageLabel.Of(Encoding.UTF8.GetBytes(path));

    [GeneratedRegex("""\] "GET (?<path>[^ ?#]+)[^ ]* HTTP[^"]*" (2\d\d|304) """, RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex PageForm();
}
