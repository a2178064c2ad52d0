namespace KpTelemetry.QueryApi.Dashboards;

/// <summary>One class of identifier, how often it was removed, and what of it remains.</summary>
public sealed record ReceiptLine(string Identifier, string Removed, string Remains);

/// <summary>
/// The receipt of what was removed, by class of identifier. Counts come from published figures: every request carries
/// an address and an agent, every page view a referrer or none. What is not read at all has no count, since counting
/// it would mean to read it.
/// </summary>
public static class Receipt
{
    private const string NeverRead = "all, unread";
    private const string AtTheDoor = "all, at the door";

    /// <summary>The lines for these figures.</summary>
    public static IReadOnlyList<ReceiptLine> Of(Figures figures)
    {
        var requests = Format.Count(figures.Total.Requests);
        return
        [
            new("Network addresses", requests, "the country"),
            new("Browser agents", requests, "the family of browser, system and device, or that it is a bot"),
            new("Times", requests, "the day and the hour"),
            new("Pages that visitors came from", Format.Count(figures.Total.PageViews), "the host"),
            new("Names of signed-on people", AtTheDoor, "the access record, sealed; no figure"),
            new("Query strings and fragments", NeverRead, "nothing"),
            new("Cookies, authorisation, bodies", NeverRead, "nothing"),
            new("Card numbers, device identifiers in paths", AtTheDoor, "a mask"),
        ];
    }
}
