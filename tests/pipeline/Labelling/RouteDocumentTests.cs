using System.Text;
using System.Text.RegularExpressions;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Labelling;

/// <summary>docs/ROUTES.md says what the rules do.</summary>
public sealed partial class RouteDocumentTests
{
    private static readonly string[] Document = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "ROUTES.md"));

    [Fact]
    public void Values_OfTheDocument_AreReplaced()
    {
        var rows = Document.Select(line => ValueRow().Match(line)).Where(match => match.Success).ToArray();

        Assert.True(rows.Length >= 20);
        Assert.All(rows, row => Assert.Equal(row.Groups["route"].Value, Label(row.Groups["path"].Value)));
    }

    [Fact]
    public void Names_OfTheDocument_Stay()
    {
        var rows = Document.Select(line => NameRow().Match(line)).Where(match => match.Success).ToArray();

        Assert.True(rows.Length >= 20);
        Assert.All(rows, row => Assert.Equal(row.Groups["path"].Value, Label(row.Groups["path"].Value)));
    }

    private static string Label(string path) => PageLabel.Of(Encoding.UTF8.GetBytes(path));

    [GeneratedRegex(@"^\| `(?<path>/[^`]*)` \| `(?<route>/[^`]*)` \|", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex ValueRow();

    [GeneratedRegex(@"^\| `(?<path>/[^`]*)` \| [^`|]* \|$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex NameRow();
}
