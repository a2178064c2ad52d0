using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using KpTelemetry.Privacy.Detecting;

namespace KpTelemetry.Processors.Publishing;

/// <summary>Figures of the publisher itself: <c>kp_publisher_…</c>.</summary>
public sealed class PublisherMetrics : IDisposable
{
    private readonly Meter _meter = new("KpTelemetry.Publishing");
    private readonly ConcurrentDictionary<string, long> _behind = new(StringComparer.Ordinal);
    private readonly Counter<long> _releases;
    private readonly Counter<long> _rows;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _labelsWithheld;
    private readonly Histogram<double> _seconds;

    public PublisherMetrics()
    {
        _releases = _meter.CreateCounter<long>("kp_publisher_releases_total", description: "Releases done");
        _rows = _meter.CreateCounter<long>("kp_publisher_rows_total", description: "Published rows");
        _failures = _meter.CreateCounter<long>("kp_publisher_failures_total", description: "Decisions that failed and were taken anew");
        _labelsWithheld = _meter.CreateCounter<long>("kp_publisher_labels_withheld_total", description: "Labels that looked like identifiers and were not published");
        _seconds = _meter.CreateHistogram<double>("kp_publisher_decision_seconds", "s", "From seeing done blocks to having decided upon them");
        _meter.CreateObservableGauge(
            "kp_publisher_blocks_behind", () => _behind.Select(site => new Measurement<long>(site.Value, new KeyValuePair<string, object?>("site", site.Key))), description: "Done blocks not yet decided upon");
    }

    /// <summary>A release is done.</summary>
    public void Released(int rows)
    {
        _releases.Add(1);
        _rows.Add(rows);
    }

    /// <summary>A site has that many done blocks to decide upon.</summary>
    public void Behind(string site, long blocks) => _behind[site] = blocks;

    /// <summary>All done blocks of a site were decided upon.</summary>
    public void Decided(string site, TimeSpan elapsed)
    {
        _behind[site] = 0;
        _seconds.Record(elapsed.TotalSeconds);
    }

    /// <summary>Labels were not published since a detector found an identifier of that class in them.</summary>
    public void LabelsWithheld(IdentifierClass found, int labels) => _labelsWithheld.Add(labels, new KeyValuePair<string, object?>("class", found.ToString()));

    /// <summary>A decision failed.</summary>
    public void Failed() => _failures.Add(1);

    /// <summary>The site is no longer this process's.</summary>
    public void Gone(string site) => _behind.TryRemove(site, out _);

    public void Dispose() => _meter.Dispose();
}
