using System.Text.Json;
using System.Text.RegularExpressions;
using KpTelemetry.EndToEnd.Tests.Stacks;

namespace KpTelemetry.EndToEnd.Tests.Logs;

/// <summary>Tells bots by the two lists, read in the plainest way: the product's own reading of them is what is tested.</summary>
internal static partial class BotLists
{
    private static readonly Regex[] Crawlers = [.. Patterns().Select(p => new Regex(p, RegexOptions.None, TimeSpan.FromMinutes(1)))];
    private static readonly (Regex Pattern, bool IsSpider)[] Devices = [.. DeviceRules()];
    private static readonly Dictionary<string, bool> Known = new(StringComparer.Ordinal);

    public static bool IsBot(string agent)
    {
        lock (Known)
        {
            if (!Known.TryGetValue(agent, out var bot))
                Known[agent] = bot = agent is "" or "-" || Array.Exists(Crawlers, c => c.IsMatch(agent)) || IsSpider(agent);
            return bot;
        }
    }

    // The first device rule that matches decides.
    private static bool IsSpider(string agent) => Array.Find(Devices, d => d.Pattern.IsMatch(agent)).IsSpider;

    private static IEnumerable<string> Patterns()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Module("crawler-user-agents", "crawler-user-agents.json")));
        return [.. json.RootElement.EnumerateArray().Select(e => e.GetProperty("pattern").GetString()!)];
    }

    private static IEnumerable<(Regex Pattern, bool IsSpider)> DeviceRules()
    {
        var lines = File.ReadLines(Module("uap-core", "regexes.yaml")).SkipWhile(l => !l.StartsWith("device_parsers:", StringComparison.Ordinal)).ToList();
        foreach (var (at, pattern) in lines.Select((l, i) => (i, RuleLine().Match(l))).Where(l => l.Item2.Success).Select(l => (l.i, l.Item2.Groups["regex"].Value)))
        {
            var rest = lines.Skip(at + 1).TakeWhile(l => !RuleLine().IsMatch(l)).ToList();
            var options = rest.Exists(l => l.Trim() == "regex_flag: 'i'") ? RegexOptions.IgnoreCase | RegexOptions.CultureInvariant : RegexOptions.None;
            yield return (new Regex(pattern.Replace("''", "'", StringComparison.Ordinal), options, TimeSpan.FromMinutes(1)), rest.Exists(l => l.Trim() == "device_replacement: 'Spider'"));
        }
    }

    private static string Module(string package, string file) => Path.Combine(Programs.Root, "node_modules", package, file);

    [GeneratedRegex(@"^\s+- regex: '(?<regex>.*)'\s*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RuleLine();
}
