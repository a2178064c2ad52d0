using System.Globalization;
using System.Text.RegularExpressions;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>One expression of a list with what it names; built when it is first needed.</summary>
/// <remarks>
/// Agents come from anybody. The list bounds its repetitions so that no agent makes an expression slow, and agents are
/// cut; the time limit is for a list that would not. (.NET's engine without backtracking takes a megabyte and ten
/// milliseconds for each of these expressions, a gigabyte for all.)
/// </remarks>
internal sealed class AgentRule(string pattern, bool ignoreCase, string? replacement)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly string _literal = RequiredLiteral.In(pattern);
    private readonly StringComparison _comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
    private readonly Lazy<Regex> _regex = new(() => new Regex(
        pattern, RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None), Limit));

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
