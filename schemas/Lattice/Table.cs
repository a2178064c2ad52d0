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
    /// <summary>Two dimensions of page views; released once, at the close, rounded.</summary>
    Pair,
}

/// <summary>What makes the cells of a table: whoever did that is a visitor of the cell.</summary>
public enum Basis
{
    /// <summary>Every request of a human.</summary>
    Requests,
    /// <summary>Page views only.</summary>
    Views,
    /// <summary>Visits, on the day and in the hour in which they began.</summary>
    Visits,
}

/// <summary>
/// A table of the lattice: what is counted, and therefore what can be asked. The numbers are stored: never reused.
/// </summary>
/// <param name="Id">The number in ClickHouse and in groups of cells.</param>
/// <param name="Dimension">The dimension's name in queries; for the site's own table the hour.</param>
/// <param name="Kind">Which part of the release rule holds.</param>
/// <param name="Basis">What makes its cells.</param>
/// <param name="ManyLabels">Whether one visitor can have several labels on a day, so that visitors of labels overlap.</param>
/// <param name="Second">The second dimension of a pair.</param>
public sealed record Table(byte Id, string Dimension, TableKind Kind, Basis Basis = Basis.Requests, bool ManyLabels = false, string? Second = null)
{
    public static readonly Table Site = new(1, "time:hour", TableKind.Site, ManyLabels: true);
    public static readonly Table Page = new(2, "page", TableKind.Tree, Basis.Views, ManyLabels: true);
    public static readonly Table Referrer = new(3, "referrer", TableKind.Tree, Basis.Views, ManyLabels: true);
    public static readonly Table Browser = new(4, "browser", TableKind.Tree);
    public static readonly Table Os = new(5, "os", TableKind.Tree);
    public static readonly Table Device = new(6, "device", TableKind.Tree);
    public static readonly Table Country = new(7, "country", TableKind.Tree);
    public static readonly Table Status = new(8, "status", TableKind.Technical);
    public static readonly Table Method = new(9, "method", TableKind.Technical);
    public static readonly Table Agent = new(10, "agent", TableKind.Technical);
    public static readonly Table Bot = new(11, "bot", TableKind.Technical);
    public static readonly Table EntryPage = new(12, "entry_page", TableKind.Tree, Basis.Visits, ManyLabels: true);
    public static readonly Table ExitPage = new(13, "exit_page", TableKind.Tree, Basis.Visits, ManyLabels: true);
    public static readonly Table Source = new(14, "source", TableKind.Tree, Basis.Visits, ManyLabels: true);
    public static readonly Table Campaign = new(15, "campaign", TableKind.Tree, Basis.Visits, ManyLabels: true);
    public static readonly Table Cohort = new(16, "cohort", TableKind.Tree, Basis.Visits, ManyLabels: true);
    public static readonly Table PageSource = new(20, "page", TableKind.Pair, Basis.Views, ManyLabels: true, Second: "source");
    public static readonly Table PageDevice = new(21, "page", TableKind.Pair, Basis.Views, ManyLabels: true, Second: "device");
    public static readonly Table PageNextPage = new(22, "page", TableKind.Pair, Basis.Views, ManyLabels: true, Second: "next_page");

    /// <summary>Every table, by id.</summary>
    public static IReadOnlyList<Table> All { get; } =
    [
        Site, Page, Referrer, Browser, Os, Device, Country, Status, Method, Agent, Bot, EntryPage, ExitPage, Source, Campaign, Cohort,
        PageSource, PageDevice, PageNextPage,
    ];

    /// <summary>Whether cells tell how visits went on: where they began and what brought them. Those of an exit page would be told by its entries.</summary>
    public bool HasCourse => Basis == Basis.Visits && this != ExitPage;

    /// <summary>Whether cells tell their visits in tens: a page's views minus its exact entries or exits would be told, of however few.</summary>
    public bool IsInTens => this == EntryPage || this == ExitPage;

    /// <summary>Whether labels come from what people did, and are sealed while pending; else they are of a closed vocabulary, or empty.</summary>
    public bool HasSealedLabels => Kind is TableKind.Tree or TableKind.Pair;
}

/// <summary>Labels that no event can have of itself.</summary>
public static class Labels
{
    /// <summary>The cells of a tree that were too small to be named, together.</summary>
    public const string Other = "(other)";
    /// <summary>A page view without a referrer; a visit that began without one, or with one of the site's own.</summary>
    public const string Direct = "(direct)";
    /// <summary>The source of a visit that a campaign brought; the campaign has a table of its own.</summary>
    public const string Campaign = "(campaign)";
    /// <summary>The campaign of a visit that none brought.</summary>
    public const string None = "(none)";
    /// <summary>The cohort of visitors whose cookie says that it was given less than a week ago.</summary>
    public const string New = "(new)";
    /// <summary>What could not be told: a browser, a system, a country.</summary>
    public const string Unknown = "(unknown)";

    // No label of an event holds a control character.
    private const char Between = '\n';

    /// <summary>The label of a pair's cell.</summary>
    public static string Pair(string first, string second) => $"{first}{Between}{second}";

    /// <summary>The two labels of a pair's cell; the second is empty where the label is no pair's.</summary>
    public static (string First, string Second) SplitPair(string label) =>
        label.IndexOf(Between, StringComparison.Ordinal) is >= 0 and var at ? (label[..at], label[(at + 1)..]) : (label, "");
}
