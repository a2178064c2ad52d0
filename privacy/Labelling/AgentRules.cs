using YamlDotNet.RepresentationModel;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>uap-core's <c>regexes.yaml</c>: the first rule of a list that matches decides.</summary>
internal sealed class AgentRules
{
    private const string Spider = "Spider";

    private readonly AgentRule[] _browsers;
    private readonly AgentRule[] _systems;
    private readonly AgentRule[] _devices;

    private AgentRules(AgentRule[] browsers, AgentRule[] systems, AgentRule[] devices) =>
        (_browsers, _systems, _devices) = (browsers, systems, devices);

    /// <summary>Reads the file's content.</summary>
    public static AgentRules Parse(TextReader yaml)
    {
        var stream = new YamlStream();
        stream.Load(yaml);
        var root = (YamlMappingNode)stream.Documents[0].RootNode;
        return new AgentRules(
            Rules(root, "user_agent_parsers", "family_replacement"),
            Rules(root, "os_parsers", "os_replacement"),
            Rules(root, "device_parsers", "device_replacement"));
    }

    /// <summary>The browser's family, or null.</summary>
    public string? BrowserOf(string agent) => NameOf(_browsers, agent);

    /// <summary>The operating system's family, or null.</summary>
    public string? SystemOf(string agent) => NameOf(_systems, agent);

    /// <summary>Whether the list of devices says that it is a spider. Few agents match a spider's rule at all, so these are asked first.</summary>
    public bool IsSpider(string agent)
    {
        var spider = Array.FindIndex(_devices, rule => string.Equals(rule.Replacement, Spider, StringComparison.Ordinal) && rule.IsMatch(agent));
        return spider >= 0 && !Array.Exists(_devices[..spider], rule => rule.IsMatch(agent));
    }

    private static string? NameOf(AgentRule[] rules, string agent) =>
        Array.Find(rules, rule => rule.IsMatch(agent))?.NameOf(agent) is { Length: > 0 } name ? name : null;

    private static AgentRule[] Rules(YamlMappingNode root, string list, string replacement) =>
    [
        .. from rule in ((YamlSequenceNode)root[list]).Cast<YamlMappingNode>()
           select new AgentRule(Text(rule, "regex")!, Text(rule, "regex_flag") == "i", Text(rule, replacement)),
    ];

    private static string? Text(YamlMappingNode rule, string key) => rule.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value : null;
}
