using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Release;

/// <summary>
/// One addition to what is known. A published figure is the sum of its rows; null means that this row says nothing
/// about the figure. The only thing that may be written to ClickHouse's published table, and only the release rule
/// makes one (invariant 5).
/// </summary>
public sealed record PublishedRow
{
    internal PublishedRow(DateOnly day, Table table, string label) => (Day, Table, Label) = (day, table, label);

    /// <summary>The day in the site's timezone.</summary>
    public DateOnly Day { get; }
    /// <summary>The lattice table.</summary>
    public Table Table { get; }
    /// <summary>The label in clear; empty in the site's own table.</summary>
    public string Label { get; }
    /// <summary>First hour of the run, 0 to 23; 0 outside the site's own table.</summary>
    public byte HourFrom { get; internal init; }
    /// <summary>Last hour of the run, included; 0 outside the site's own table.</summary>
    public byte HourTo { get; internal init; }
    /// <summary>Accepted requests; of humans in trees.</summary>
    public long? Requests { get; internal init; }
    /// <summary>Bytes sent.</summary>
    public long? Bytes { get; internal init; }
    /// <summary>Requests with status 400 or above; never in trees, whose cells do not count who met an error.</summary>
    public long? Errors { get; internal init; }
    /// <summary>Page views.</summary>
    public long? PageViews { get; internal init; }
    /// <summary>Visitors, each once a site day and cell.</summary>
    public long? Visitors { get; internal init; }
}
