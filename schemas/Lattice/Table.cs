namespace KpTelemetry.Schemas.Lattice;

/// <summary>How cells of a table may be published.</summary>
public enum TableKind
{
    /// <summary>The site's own figures by hour of its day; released in steps.</summary>
    Site,
    /// <summary>One dimension whose cells count visitors; released as a whole, small cells as <c>(other)</c>.</summary>
    Tree,
    /// <summary>Counts of requests that hold no visitor figure; they move with the site's steps.</summary>
    Technical,
}

/// <summary>
/// A table of the lattice: what is counted, and therefore what can be asked. The numbers are stored: never reused.
/// </summary>
/// <param name="Id">The number in ClickHouse and in groups of cells.</param>
/// <param name="Dimension">The dimension's name in queries; for the site's own table the hour.</param>
/// <param name="Kind">Which part of the release rule holds.</param>
/// <param name="ViewsOnly">Whether only page views make cells (pages, referrers), or every human request.</param>
/// <param name="ManyLabels">Whether one visitor can have several labels on a day, so that visitors of labels overlap.</param>
public sealed record Table(byte Id, string Dimension, TableKind Kind, bool ViewsOnly = false, bool ManyLabels = false)
{
    public static readonly Table Site = new(1, "time:hour", TableKind.Site, ManyLabels: true);
    public static readonly Table Page = new(2, "page", TableKind.Tree, ViewsOnly: true, ManyLabels: true);
    public static readonly Table Referrer = new(3, "referrer", TableKind.Tree, ViewsOnly: true, ManyLabels: true);
    public static readonly Table Browser = new(4, "browser", TableKind.Tree);
    public static readonly Table Os = new(5, "os", TableKind.Tree);
    public static readonly Table Device = new(6, "device", TableKind.Tree);
    public static readonly Table Country = new(7, "country", TableKind.Tree);
    public static readonly Table Status = new(8, "status", TableKind.Technical);
    public static readonly Table Method = new(9, "method", TableKind.Technical);
    public static readonly Table Agent = new(10, "agent", TableKind.Technical);
    public static readonly Table Bot = new(11, "bot", TableKind.Technical);

    /// <summary>Every table, by id.</summary>
    public static IReadOnlyList<Table> All { get; } = [Site, Page, Referrer, Browser, Os, Device, Country, Status, Method, Agent, Bot];
}

/// <summary>Labels that no event can have of itself.</summary>
public static class Labels
{
    /// <summary>The cells of a tree that were too small to be named, together.</summary>
    public const string Other = "(other)";
    /// <summary>A page view without a referrer.</summary>
    public const string Direct = "(direct)";
    /// <summary>A page view that came from the site's own pages.</summary>
    public const string Internal = "(internal)";
    /// <summary>What could not be told: a browser, a system, a country.</summary>
    public const string Unknown = "(unknown)";
}
