using BitFaster.Caching.Lru;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>Tells bots from humans, and browsers, systems and devices of humans. Thread-safe; remembers a bounded number of agents.</summary>
public sealed class AgentClassifier
{
    private const int Remembered = 10_000;
    private const int LongestAgent = 512;
    private const string NoAgent = "(no agent)";

    private readonly AgentRules _rules;
    private readonly CrawlerList _crawlers;
    private readonly ConcurrentLru<string, AgentClass> _known = new(Remembered);

    internal AgentClassifier(AgentRules rules, CrawlerList crawlers) => (_rules, _crawlers) = (rules, crawlers);

    /// <summary>
    /// The class of an agent, which may be anything a client sent. A bot is what the lists name one, and what has no
    /// agent (empty or <c>-</c>).
    /// </summary>
    public AgentClass Classify(string agent) => _known.GetOrAdd(agent.Length > LongestAgent ? agent[..LongestAgent] : agent, Find);

    private AgentClass Find(string agent)
    {
        if (agent is "" or "-")
            return AgentClass.BotNamed(NoAgent);
        if (_crawlers.BotOf(agent) is { } crawler)
            return AgentClass.BotNamed(crawler);
        return _rules.IsSpider(agent)
            ? AgentClass.BotNamed(Labels.Other)
            : new AgentClass(null, Clean(_rules.BrowserOf(agent)), Clean(_rules.SystemOf(agent)), DeviceClass.Of(agent));
    }

    // uap-core says Other where it does not know; and a family copied from the agent by a group could be anything.
    private static string Clean(string? family) => family is null or "Other" || PageLabel.HasValue(family) || family.Length > 40
        ? Labels.Unknown
        : family;
}
