using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Querying;

namespace KpTelemetry.Attack.Tests.Answering;

/// <summary>Answers as sums of published rows, and nothing else: what the attacker has who has the rows.</summary>
/// <param name="bands">What was told to be withheld, by day and table.</param>
internal sealed class AnswerModel(IReadOnlyList<Row> rows, IReadOnlyDictionary<(DateOnly Day, Table Table), Band> bands)
{
    public static string LabelOf(Row row, string dimension) => row.Table.Kind != TableKind.Pair
        ? row.Label
        : dimension == row.Table.Second ? Labels.SplitPair(row.Label).Second : Labels.SplitPair(row.Label).First;

    /// <summary>Figures by the values of the dimensions, a line each.</summary>
    public Dictionary<string, IReadOnlyList<double?>> Rows(Question question)
    {
        var all = rows.Where(row => row.Table == question.Table && row.Day >= question.From && row.Day < question.To).ToList();
        var daysOfVisits = all.Where(row => row["visits"] is not null).Select(row => row.Day).ToHashSet();
        var groups = all.Where(row => IsWhole(row, question) && question.Conditions.All(condition => condition.Labels.Contains(LabelOf(row, condition.Dimension)) == condition.Is))
            .GroupBy(row => string.Join('\t', question.AllDimensions.Select(dimension => ValueOf(row, dimension))))
            .ToDictionary(group => group.Key, group => group.ToList());
        if (question.AllDimensions.Count == 0)
            groups.TryAdd("", []);
        return groups.ToDictionary(group => group.Key, group => (IReadOnlyList<double?>)[.. question.Metrics.Select(metric => Figure(metric, group.Value, daysOfVisits))]);
    }

    /// <summary>The largest band of the days and of the tables that the metrics move with.</summary>
    public string Withheld(Question question) => question.Metrics.Select(metric => TableOf(question.Table, metric))
        .SelectMany(table => bands.Where(band => band.Key.Table == table && band.Key.Day >= question.From && band.Key.Day < question.To)).Select(band => band.Value)
        .DefaultIfEmpty(Band.None).Max().Text();

    private static Table TableOf(Table table, string metric) => table.Kind != TableKind.Site ? table : Metric.All.Single(one => one.Name == metric).Kind switch
    {
        MetricKind.Technical => Table.Status,
        MetricKind.People => Table.Site,
        _ => Table.EntryPage,
    };

    // Rows of several days belong where all of them do.
    private static bool IsWhole(Row row, Question question) => question switch
    {
        { Table.Kind: not TableKind.Site } => true,
        { Time: "time:hour" } => row.Label.Length == 0 && row["requests"] is not null,
        { Time: "time:day" } => row.Label.Length == 0,
        { Time: { } time } => row.Last < question.To && ValueOf(row with { Day = row.Last, Label = "" }, time) == ValueOf(row, time),
        _ => row.Last < question.To,
    };

    private static string ValueOf(Row row, string dimension) => dimension switch
    {
        "time:hour" => Hours(row),
        "time:day" => $"{row.Day:yyyy-MM-dd}",
        "time:week" => $"{row.Day.AddDays(-(((int)row.Day.DayOfWeek + 6) % 7)):yyyy-MM-dd}",
        "time:month" => $"{row.Day:yyyy-MM}-01",
        _ => LabelOf(row, dimension),
    };

    public static string Hours(Row row)
    {
        var from = row.Day.ToDateTime(new TimeOnly(row.HourFrom, 0));
        return $"{from:yyyy-MM-dd'T'HH:mm}" + (row.HourTo == row.HourFrom ? "" : $"/{from.AddHours(row.HourTo - row.HourFrom + 1):yyyy-MM-dd'T'HH:mm}");
    }

    private static double? Figure(string metric, List<Row> of, HashSet<DateOnly> daysOfVisits) => metric switch
    {
        "bounce_rate" => Sum("bounces", of) / Sum("visits", of.Where(row => row["bounces"] is not null)),
        "visit_duration" => Sum("visit_seconds", of) / Sum("visits", of.Where(row => row["visit_seconds"] is not null)),
        "views_per_visit" => Sum("page_views", of.Where(row => row.Label.Length == 0 && daysOfVisits.Contains(row.Day))) / Sum("visits", of),
        "time_on_page" => Sum("stay_seconds", of) / Sum("stays", of),
        // Of a tree a figure is unknown where one of its rows does not tell it.
        _ when of.Exists(row => row.Table.Kind == TableKind.Tree && row[ColumnOf(metric)] is null) => null,
        _ => Sum(ColumnOf(metric), of),
    };

    private static string ColumnOf(string metric) => metric == "pageviews" ? "page_views" : metric;

    private static double? Sum(string column, IEnumerable<Row> of) =>
        of.Select(row => row[column]).Aggregate((double?)null, (sum, figure) => figure is null ? sum : (sum ?? 0) + figure);
}
