using System.Globalization;
using KpTelemetry.Privacy.Labelling;

namespace KpTelemetry.Benchmarks.Utility;

/// <summary>What is left of the figures after the release rule: the price of its privacy.</summary>
internal static class UtilityReport
{
    private const int Days = 7;
    private static readonly DateOnly Monday = new(2026, 2, 2);

    public static int Run()
    {
        using var reference = ReferenceData.Load(ReferenceData.DefaultDirectory);
        Say("Share of page views under a named page; 400 routes, Zipf 1.0, 3 views a visit, a week of days:");
        foreach (var visitors in new[] { 200, 2_000, 20_000 })
        {
            var week = Simulate(visitors, Days, reference);
            Say($"{visitors,7:N0} visitors a day  {Share(week):P1}  (days {week.Min(day => day.NamedShare):P1} to {week.Max(day => day.NamedShare):P1}, {week.Average(day => day.NamedPages):N0} pages named)");
        }

        Say(SampleLog.Read() is { } sample ? $"sample log              {Share(PublishedDays.Of(sample, reference)):P1}" : "sample log              not there (../shared/data/apache_combined_10k.log)");
        Say("");
        foreach (var (name, days) in new[] { ("week", Days), ("month", 4 * Days) })
        {
            var small = Simulate(50, days, reference);
            Say($"A site of 50 visitors a day, totals of a {name}: {small.Sum(day => day.ToldVisitors):N0} of {small.Sum(day => day.Visitors):N0} visitors, "
                + $"{small.Sum(day => day.ToldViews):N0} of {small.Sum(day => day.Views):N0} page views, {Share(small):P1} of them under a named page");
        }

        return 0;
    }

    private static List<PublishedDay> Simulate(int visitors, int days, ReferenceData reference)
    {
        var random = new Random(visitors);
        return [.. Enumerable.Range(0, days).SelectMany(day => PublishedDays.Of(SimulatedVisits.OfDay(Monday.AddDays(day), visitors, random), reference))];
    }

    private static double Share(IReadOnlyCollection<PublishedDay> days) => (double)days.Sum(day => day.NamedViews) / days.Sum(day => day.Views);

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static void Say(string text) => Console.WriteLine(text);
}
