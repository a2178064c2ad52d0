using System.Globalization;
using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Release.Tests.Publishing;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Answering;

/// <summary>A published row as it lies in the store.</summary>
internal sealed record Row(DateOnly Day, Table Table, int HourFrom, int HourTo, string Label, IReadOnlyDictionary<string, long?> Figures)
{
    private static readonly string[] Columns =
        ["requests", "bytes", "errors", "page_views", "visitors", "visits", "bounces", "visit_seconds", "stays", "stay_seconds", "new_visitors"];

    /// <summary>Which days it is of: a row of the site's table with a label is of several.</summary>
    public DateOnly Last => Table == Table.Site && Label.Length > 0 ? DateOnly.Parse(Label, CultureInfo.InvariantCulture) : Day;

    public long? this[string column] => Figures[column];

    /// <summary>The rows of done releases.</summary>
    public static async Task<IReadOnlyList<Row>> ReadAsync(Site site)
    {
        var done = await site.ScalarAsync<long[]>("select array(select attempt from kp.attempts where target = 'published' and done)");
        var sql = $"SELECT toString(day), `table`, hour_from, hour_to, label, {string.Join(", ", Columns.Select(column => $"toInt64({column})"))} FROM published WHERE `table` != 0 AND has({{done:Array(UInt64)}}, attempt)";
        var rows = new List<Row>();
        await foreach (var row in site.Store.QueryAsync(sql, Read, CancellationToken.None, ("done", done.Select(attempt => (ulong)attempt).ToArray())))
            rows.Add(row);
        return rows;
    }

    /// <summary>All that the attacker's model of a row has.</summary>
    public string Told => Text(Day, Table, HourFrom, HourTo, Label, this["requests"], this["bytes"], this["page_views"], this["visitors"], this["visits"], this["bounces"], this["visit_seconds"], this["new_visitors"], this["stays"], this["stay_seconds"]);

    /// <summary>The same of a row of the model.</summary>
    public static string Of(Told row) => Text(row.Day, row.Table, row.HourFrom, row.HourTo, row.Label, row.Requests, row.Bytes, row.PageViews, row.Visitors, row.Visits, row.Bounces, row.VisitSeconds, row.NewVisitors, row.Stays, row.StaySeconds);

    /// <summary>The same of days that joined.</summary>
    public static string Of(JoinTold join) => Text(join.First, Table.Site, 0, 23, join.Last, null, null, join.PageViews, join.Visitors, null, null, null, null, null, null);

    private static string Text(DateOnly day, Table table, int hourFrom, int hourTo, string label, params long?[] figures) =>
        string.Create(CultureInfo.InvariantCulture, $"{day:yyyy-MM-dd} {table.Id} {hourFrom}-{hourTo} '{label.ReplaceLineEndings("|")}' {string.Join(' ', figures.Select(figure => figure?.ToString(CultureInfo.InvariantCulture) ?? "?"))}");

    private static Row Read(System.Data.Common.DbDataReader row) => new(
        DateOnly.Parse(row.GetString(0), CultureInfo.InvariantCulture),
        Table.All.Single(table => table.Id == row.GetByte(1)), row.GetByte(2), row.GetByte(3), row.GetString(4),
        Columns.Select((column, i) => (column, Figure: row.IsDBNull(5 + i) ? (long?)null : row.GetInt64(5 + i))).ToDictionary(pair => pair.column, pair => pair.Figure));
}
