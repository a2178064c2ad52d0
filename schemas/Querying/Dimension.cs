using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Schemas.Querying;

/// <summary>What figures can be told by.</summary>
/// <param name="Name">As queries and answers name it.</param>
/// <param name="Definition">What it means, for people.</param>
public sealed record Dimension(string Name, string Definition)
{
    public static readonly Dimension Hour = new("time:hour", "Runs of whole hours of the site's day, as they were released: 2026-01-31T09:00 is one hour, 2026-01-31T09:00/2026-01-31T12:00 a run up to, not including, noon. Only without another dimension.");
    public static readonly Dimension Day = new("time:day", "Days in the site's own timezone.");
    public static readonly Dimension Week = new("time:week", "Weeks from Monday, named by it; cut to the range asked for. A whole week includes days that were too small to be told by themselves and were told for the week together.");
    public static readonly Dimension Month = new("time:month", "Months, named by their first day; cut to the range asked for. A whole month includes days that were told for their week or month together; of weeks, those that lie within it.");

    private static readonly Dictionary<string, string> Definitions = new(StringComparer.Ordinal)
    {
        [Table.Page.Dimension] = "The page's path, with segments that look like values as {…}. Small pages are (other).",
        [Table.Referrer.Dimension] = "The host that a page view came from; (direct) where none was named, the page's route where it was one of the site's own.",
        [Table.Browser.Dimension] = "The browser's family, as public lists name it; no version.",
        [Table.Os.Dimension] = "The operating system's family; no version.",
        [Table.Device.Dimension] = "The class of device.",
        [Table.Country.Dimension] = "The country that the address is registered in.",
        [Table.Status.Dimension] = "The HTTP status of the answer.",
        [Table.Method.Dimension] = "The HTTP method of the request.",
        [Table.Agent.Dimension] = "human or bot. A bot is matched by public lists, or names no agent.",
        [Table.Bot.Dimension] = "The name of the bot.",
        [Table.EntryPage.Dimension] = "The page with which a visit began.",
        [Table.ExitPage.Dimension] = "The page with which a visit ended.",
        [Table.Source.Dimension] = "What brought a visit: the host that its first page view came from, (direct), or (campaign) where its address named one.",
        [Table.Campaign.Dimension] = "The campaign that brought a visit; (none) where none did.",
        [Table.Cohort.Dimension] = "How many weeks ago the cookie of a visit was made: (new) where less than one, (unknown) where there is none.",
        [Table.PageNextPage.Second!] = "The page that followed within the visit. Only together with page; where visits ended is told by exit_page.",
    };

    /// <summary>Dimensions of time.</summary>
    public static IReadOnlyList<Dimension> Times { get; } = [Hour, Day, Week, Month];

    /// <summary>Every dimension, in the order in which references list them.</summary>
    public static IReadOnlyList<Dimension> All { get; } =
        [.. Times, .. Table.All.Where(t => t.Kind != TableKind.Site).SelectMany(Names).Distinct(StringComparer.Ordinal).Select(name => new Dimension(name, Definitions[name]))];

    /// <summary>Whether this is a dimension of time.</summary>
    public bool IsTime => Times.Contains(this);

    private static IEnumerable<string> Names(Table table) => table.Second is { } second ? [table.Dimension, second] : [table.Dimension];
}
