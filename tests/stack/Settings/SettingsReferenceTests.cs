using System.Text.RegularExpressions;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Platform.Settings;

namespace KpTelemetry.Stack.Tests.Settings;

/// <summary>The reference lists every setting, explains each, and can be used as it is.</summary>
public sealed partial class SettingsReferenceTests
{
    private static readonly string[] Folders =
        ["schemas", "privacy", "platform", "ingest", "processors", "audit", "query-api", "cli", "local", "benchmarks", "tests"];

    private static readonly string[] Reference = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "docs", "settings.reference.env"));

    [Fact]
    public void EveryVariableThatIsRead_IsInTheReference()
    {
        Assert.Empty(Read().Except(Keys(), StringComparer.Ordinal));
    }

    [Fact]
    public void EveryKeyOfTheReference_IsRead()
    {
        Assert.Empty(Keys().Where(key => key.StartsWith("KP_", StringComparison.Ordinal)).Except(Read(), StringComparer.Ordinal));
    }

    [Fact]
    public void EveryKey_HasACommentOfItsOwn()
    {
        for (var line = 0; line < Reference.Length; line++)
        {
            if (Setting().IsMatch(Reference[line]))
            {
                Assert.Matches(@"\A# \S", Reference[line - 1]);
            }
        }
    }

    [Fact]
    public void EveryKey_IsInTheGuide()
    {
        var guide = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "SETTINGS.md"));
        Assert.All(Keys(), key => Assert.Contains($"`{key}", guide, StringComparison.Ordinal));
    }

    [Fact]
    public void Reference_AsItIs_IsValid()
    {
        var values = Reference.Select(line => Setting().Match(line)).Where(match => match.Success).ToDictionary(match => match.Groups["key"].Value, match => match.Groups["value"].Value);
        var settings = KpSettings.From(name => values.GetValueOrDefault(name));

        Assert.Equal(KpSettings.From(_ => null) with { Postgres = settings.Postgres }, settings);
    }

    private static IEnumerable<string> Keys() => Reference.Select(line => Setting().Match(line)).Where(match => match.Success).Select(match => match.Groups["key"].Value);

    /// <summary>Names in quotes in C#, and variables of the shell.</summary>
    private static HashSet<string> Read() =>
    [
        .. from folder in Folders.Select(folder => Path.Combine(RepositoryRoot.Path, folder)).Where(Directory.Exists)
           from file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
           where file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".sh", StringComparison.Ordinal)
           from match in (file.EndsWith(".cs", StringComparison.Ordinal) ? InCode() : InShell()).Matches(File.ReadAllText(file))
           select match.Groups["key"].Value,
    ];

    [GeneratedRegex(@"^#?(?<key>(KP|OTEL)_[A-Z0-9_]+)=(?<value>.*)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Setting();

    [GeneratedRegex(@"""(?<key>KP_[A-Z0-9_]+)""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex InCode();

    [GeneratedRegex(@"\$\{?(?<key>KP_[A-Z0-9_]+)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex InShell();
}
