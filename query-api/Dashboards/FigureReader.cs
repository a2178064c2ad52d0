using KpTelemetry.QueryApi.Policies;
using KpTelemetry.QueryApi.Querying.Parsing;
using KpTelemetry.QueryApi.Querying.Planning;
using KpTelemetry.QueryApi.Querying.Running;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Policies;
using KpTelemetry.Schemas.Querying;

namespace KpTelemetry.QueryApi.Dashboards;

/// <summary>Asks what a dashboard shows, through the same planner and runner as the API: a page can show nothing that the API would refuse.</summary>
public sealed class FigureReader(QueryRunner runner, PolicyShelf policies)
{
    // Two days and less are shown by the hour.
    private const int DaysByHour = 2;
    private const int RowsShown = 12;
    private const int TimesShown = 5_000;

    private static readonly Metric[] People = [Metric.Visitors, Metric.PageViews, Metric.Requests];
    private static readonly Metric[] Totals = [.. People, Metric.Visits, Metric.BounceRate, Metric.VisitDuration];
    private static readonly Metric[] Technical = [Metric.Requests];

    private static readonly Table[] Shown =
    [
        Table.Page, Table.Referrer, Table.EntryPage, Table.Source, Table.PageSource, Table.Country, Table.Browser, Table.Os, Table.Device,
        Table.Status, Table.Agent, Table.Bot, Table.Method,
    ];

    /// <summary>The newest day that has figures; null where nothing is published.</summary>
    public async Task<DateOnly?> NewestDayAsync(string site, CancellationToken cancellation)
    {
        var everything = new DashboardRange(new DateOnly(1971, 1, 1), new DateOnly(2105, 1, 1));
        var query = new Query(site, everything.From, everything.To, Technical, [Dimension.Day], [], [new Order(Dimension.Day.Name, Descending: true)], 1);
        var answer = await AskAsync(query, cancellation);
        return answer.Rows is [var newest] ? DateOnly.ParseExact((string)newest[0]!, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Every figure of a dashboard.</summary>
    public async Task<Figures> ReadAsync(string site, DashboardRange range, CancellationToken cancellation)
    {
        var total = await AskAsync(Ask(site, range, Totals, [], [], 1), cancellation);
        var time = range.Days <= DaysByHour ? Dimension.Hour : Dimension.Day;
        var overTime = await AskAsync(Ask(site, range, People, [time], [new Order(time.Name, Descending: false)], TimesShown), cancellation);
        var breakdowns = new List<Breakdown>();
        foreach (var table in Shown)
            breakdowns.Add(await BreakDownAsync(site, range, table, cancellation));
        return new Figures
        {
            Site = site,
            Range = range,
            AsOf = total.Of.AsOf,
            K = (await policies.InForceAsync(cancellation)).Values[PolicyKeys.K],
            Withheld = total.Of.Withheld,
            Total = total.Rows is [var row] ? Row(row, Totals) : new FigureRow(string.Empty),
            OverTime = [.. overTime.Rows.Select(row => Row(row, People))],
            Breakdowns = breakdowns,
        };
    }

    private async Task<Breakdown> BreakDownAsync(string site, DashboardRange range, Table table, CancellationToken cancellation)
    {
        string?[] names = [table.Dimension, table.Second];
        Dimension[] dimensions = [.. names.OfType<string>().Select(name => Dimension.All.First(d => d.Name == name))];
        var metrics = MetricsOf(table);
        var by = table is { Kind: TableKind.Tree, Basis: Basis.Views } ? Metric.PageViews : metrics[0];
        var answer = await AskAsync(Ask(site, range, metrics, dimensions, [new Order(by.Name, Descending: true)], RowsShown), cancellation);
        return new Breakdown(table, [.. answer.Rows.Select(row => Row(row, metrics))], answer.Of.Withheld);
    }

    private static Metric[] MetricsOf(Table table) => table switch
    {
        { Kind: TableKind.Technical } => Technical,
        { Kind: TableKind.Pair } => [Metric.PageViews],
        { Basis: Basis.Visits } => [Metric.Visits, Metric.BounceRate, Metric.VisitDuration],
        _ => People,
    };

    private static Query Ask(string site, DashboardRange range, Metric[] metrics, Dimension[] dimensions, Order[] order, int limit) =>
        new(site, range.From, range.To, metrics, dimensions, [], order, limit);

    private async Task<Answer> AskAsync(Query query, CancellationToken cancellation)
    {
        var plan = QueryPlanner.Plan(query, out var problem) ?? throw new InvalidOperationException($"the dashboard asks what the lattice does not hold: {problem?.Detail}");
        return await runner.RunAsync(plan, cancellation) ?? throw new InvalidOperationException("the dashboard asks about a site that does not exist");
    }

    // Columns are the labels, then the metrics in their order.
    private static FigureRow Row(object?[] row, Metric[] metrics)
    {
        var labels = row.Length - metrics.Length;
        return new FigureRow(labels > 0 ? (string)row[0]! : string.Empty)
        {
            Second = labels > 1 ? (string)row[1]! : string.Empty,
            Visitors = Figure(Metric.Visitors) as long?,
            PageViews = Figure(Metric.PageViews) as long?,
            Requests = Figure(Metric.Requests) as long?,
            Visits = Figure(Metric.Visits) as long?,
            BounceRate = Figure(Metric.BounceRate) as double?,
            VisitDuration = Figure(Metric.VisitDuration) as double?,
        };

        object? Figure(Metric metric) => Array.IndexOf(metrics, metric) is >= 0 and var at ? row[labels + at] : null;
    }
}
