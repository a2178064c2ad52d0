namespace KpTelemetry.Schemas.Querying;

/// <summary>A figure that can be asked for.</summary>
/// <param name="Name">As queries and answers name it.</param>
/// <param name="Definition">What it means, in a sentence or two for people.</param>
/// <param name="OfPeople">Whether it is released by the number of people behind it, as opposed to technical counts.</param>
public sealed record Metric(string Name, string Definition, bool OfPeople = false)
{
    public static readonly Metric Requests = new("requests", "Accepted requests, bots included unless filtered. By page and referrer those that are page views, by browser, os, device and country those of humans.");
    public static readonly Metric Bytes = new("bytes", "Bytes sent in answer to those requests.");
    public static readonly Metric Errors = new("errors", "Requests answered with a status of 400 or above.");
    public static readonly Metric PageViews = new("pageviews", "Pages shown to humans: method GET, status 2xx or 304, and a path that is no asset or machine file.", OfPeople: true);
    public static readonly Metric Visitors = new("visitors", "Distinct humans of a site's day, added over days. In logs a visitor is a pair of address and agent. By hour, each visitor is counted in the first hour of the day in which it was seen.", OfPeople: true);

    /// <summary>Every metric, in the order in which references list them.</summary>
    public static IReadOnlyList<Metric> All { get; } = [Requests, Bytes, Errors, PageViews, Visitors];
}
