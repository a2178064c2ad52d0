using System.Text;
using KpTelemetry.Canaries.Tests.Planting;
using KpTelemetry.Ingest.Parsing;
using KpTelemetry.Privacy.Labelling;
using KpTelemetry.Privacy.Minimising;
using KpTelemetry.Schemas;
using LogLine = KpTelemetry.Canaries.Tests.Planting.LogLine;

namespace KpTelemetry.Canaries.Tests.Labels;

/// <summary>The labels that a line comes to by the door and the rules, whoever is behind them. Not thread-safe.</summary>
internal sealed class LineLabels(ReferenceData reference, DeclaredRoutes? declared = null)
{
    private static readonly string[] OwnHosts = [CanaryLog.Host];

    private readonly LogLineParser _parser = new();
    private readonly StringBuilder _line = new();
    private readonly byte[] _clean = new byte[MinimiseText.Room];

    /// <summary>Its page, referrer, bot, browser and system; none where it cannot be parsed.</summary>
    public IEnumerable<string> Of(LogLine line)
    {
        line.WriteTo(_line.Clear());
        var parsed = default(Ingest.Parsing.LogLine);
        if (_parser.Parse(Encoding.UTF8.GetBytes(_line.ToString()), LogFormat.Auto, ref parsed) != Reason.None)
            return [];
        var removed = Removed.Nothing;
        var page = PageLabel.Of(_clean.AsSpan(0, MinimisePath.Target(parsed.Target, _clean, ref removed)), declared);
        var referrer = ReferrerLabel.Of(_clean.AsSpan(0, MinimiseReferrer.Apply(parsed.Referrer, _clean, ref removed)), OwnHosts, declared);
        var agent = reference.AgentClassifier.Classify(Encoding.UTF8.GetString(_clean.AsSpan(0, MinimiseText.Agent(parsed.Agent, _clean, ref removed))));
        return [page, referrer, agent.Bot ?? Schemas.Lattice.Labels.None, agent.Browser, agent.Os];
    }
}
