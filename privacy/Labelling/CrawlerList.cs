using System.Buffers;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>crawler-user-agents: patterns of bots, most of them plain text.</summary>
internal sealed partial class CrawlerList
{
    private readonly (string Literal, string Name)[] _literals;
    private readonly SearchValues<string> _anyLiteral;
    private readonly (AgentRule Rule, string Name)[] _patterns;

    private CrawlerList(IReadOnlyList<string> patterns)
    {
        _literals = [.. patterns.Where(IsLiteral).Select(pattern => (Unescape(pattern), NameOf(pattern)))];
        _anyLiteral = SearchValues.Create([.. _literals.Select(literal => literal.Literal)], StringComparison.Ordinal);
        _patterns = [.. patterns.Where(pattern => !IsLiteral(pattern)).Select(pattern => (new AgentRule(pattern, ignoreCase: false, null), NameOf(pattern)))];
    }

    /// <summary>Reads the list's JSON.</summary>
    public static CrawlerList Parse(Stream json)
    {
        using var document = JsonDocument.Parse(json);
        return new CrawlerList([.. document.RootElement.EnumerateArray().Select(entry => entry.GetProperty("pattern").GetString()!)]);
    }

    /// <summary>The name of the first bot whose pattern matches, or null for none.</summary>
    public string? BotOf(string agent)
    {
        if (agent.AsSpan().ContainsAny(_anyLiteral))
            return Array.Find(_literals, literal => agent.Contains(literal.Literal, StringComparison.Ordinal)).Name;
        return Array.Find(_patterns, pattern => pattern.Rule.IsMatch(agent)).Name;
    }

    private static bool IsLiteral(string pattern) => !PatternSyntax().IsMatch(pattern);

    private static string Unescape(string pattern) => EscapedPunctuation().Replace(pattern, "${mark}");

    // A pattern's text without its syntax, such as "Wget" for "[wW]get": the list has no names of its own.
    private static string NameOf(string pattern)
    {
        var name = Classes().Replace(pattern, match => match.Groups["first"].Value);
        name = Unescape(Groups().Replace(name, match => match.Groups["inner"].Value.Split('|')[0])).Split('|')[0];
        return name.Trim('^', '$', ' ', '/', '(', ')', '+').Replace("\\s", "", StringComparison.Ordinal) is { Length: > 0 } trimmed ? trimmed : "(unnamed)";
    }

    [GeneratedRegex(@"\\(?<mark>[^A-Za-z0-9])", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex EscapedPunctuation();

    [GeneratedRegex(@"(^|[^\\])[\[\](|)?*+^${}.]|\\[A-Za-z]", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex PatternSyntax();

    [GeneratedRegex(@"\[(?<first>[A-Za-z0-9])[^\]]*\]", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Classes();

    [GeneratedRegex(@"\((?<inner>[^)]*)\)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Groups();
}
