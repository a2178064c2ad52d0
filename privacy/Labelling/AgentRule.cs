using System.Globalization;
using System.Text.RegularExpressions;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>
/// One expression of a list with what it names. Matching takes time linear in the agent (no backtracking), since agents
/// come from anybody; the expression is built when it is first needed.
/// </summary>
internal sealed class AgentRule(string pattern, bool ignoreCase, string? replacement)
{
    // The list's largest expression takes 12,310 states, and the runtime refuses more than 10,000 unless told otherwise.
    static AgentRule() => AppContext.SetData("REGEX_NONBACKTRACKING_MAX_AUTOMATA_SIZE", 20_000);

    private readonly string _literal = RequiredLiteral.In(pattern);
    private readonly StringComparison _comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
    private readonly Lazy<Regex> _regex = new(() => ignoreCase
        ? new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)
        : new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));

    /// <summary>The list's own name for what it matches; may refer to groups as <c>$1</c>.</summary>
    public string? Replacement { get; } = replacement;

    /// <summary>Whether the expression matches somewhere in the agent.</summary>
    public bool IsMatch(string agent) => agent.Contains(_literal, _comparison) && _regex.Value.IsMatch(agent);

    /// <summary>The name that it gives to a matching agent: the replacement, else the first group; empty when there is none.</summary>
    public string NameOf(string agent)
    {
        if (Replacement is { } plain && !plain.Contains('$'))
            return plain;
        var groups = _regex.Value.Match(agent).Groups;
        if (Replacement is null)
            return groups[1].Value.Trim();
        var name = Replacement;
        for (var i = 1; i < groups.Count; i++)
            name = name.Replace($"${i.ToString(CultureInfo.InvariantCulture)}", groups[i].Value, StringComparison.Ordinal);
        return name.Trim();
    }
}
