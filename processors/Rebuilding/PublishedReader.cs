using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas.Lattice;
using Npgsql;

namespace KpTelemetry.Processors.Rebuilding;

/// <summary>Reads what is published of a site's day, of the tables that have labels.</summary>
internal sealed class PublishedReader(NpgsqlDataSource database, ClickHouseStore store)
{
    private const int FirstFigure = 3;

    private static readonly Dictionary<int, Table> Tables = Table.All.ToDictionary(table => (int)table.Id);
    private static readonly string[] Figures = ["requests", "bytes", "errors", "page_views", "visitors", "visits"];

    private static readonly string Sql =
        $$"""
        SELECT toInt64(attempt), toInt32(`table`), label, {{string.Join(", ", Figures.Select(figure => $"toInt64(ifNull({figure}, 0))"))}}
        FROM published
        WHERE site = {site:String} AND day = {day:Date} AND `table` IN ({{string.Join(", ", Table.All.Where(table => table.Kind != TableKind.Site).Select(table => table.Id))}})
        """;

    /// <summary>The sums of the rows of done releases, by label.</summary>
    public async Task<IReadOnlyDictionary<(Table Table, string Label), PublishedFigures>> ReadAsync(string site, DateOnly day, CancellationToken cancellation)
    {
        var done = await DoneAsync(site, cancellation);
        var sums = new Dictionary<(Table, string), PublishedFigures>();
        await foreach (var (attempt, label, figures) in store.QueryAsync(Sql, ReadRow, cancellation, ("site", site), ("day", day)))
        {
            if (done.Contains(attempt))
                sums[label] = sums.GetValueOrDefault(label) + figures;
        }

        return sums;
    }

    private async Task<HashSet<long>> DoneAsync(string site, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select coalesce(array_agg(attempt), '{}') from kp.releases where site = $1 and done_at is not null");
        command.Parameters.Add(new() { Value = site });
        return [.. (long[])(await command.ExecuteScalarAsync(cancellation))!];
    }

    private static (long Attempt, (Table Table, string Label) Label, PublishedFigures Figures) ReadRow(System.Data.Common.DbDataReader reader)
    {
        long Figure(int number) => reader.GetInt64(FirstFigure + number);
        return (reader.GetInt64(0), (Tables[reader.GetInt32(1)], reader.GetString(2)), new PublishedFigures(Figure(0), Figure(1), Figure(2), Figure(3), Figure(4), Figure(5)));
    }
}
