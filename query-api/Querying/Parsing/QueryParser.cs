using System.Globalization;
using System.Text.Json;
using KpTelemetry.Schemas.Querying;

namespace KpTelemetry.QueryApi.Querying.Parsing;

/// <summary>Reads a query's JSON. What is wrong with it is said, together with what there is; what was sent is not repeated.</summary>
public static class QueryParser
{
    public const int StandardLimit = 1_000;
    public const int MostLimit = 10_000;
    private const int MostLabels = 200;

    private static readonly string[] Members = ["site", "from", "to", "metrics", "dimensions", "filters", "order", "limit"];

    /// <summary>The query, or null and the problem.</summary>
    public static Query? Parse(JsonElement json, out QueryProblem? problem)
    {
        try
        {
            problem = null;
            return Read(json);
        }
        catch (Wrong wrong)
        {
            problem = wrong.Problem;
            return null;
        }
    }

    private static Query Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new Wrong("A query is a JSON object.", ("members", Members));
        if (json.EnumerateObject().Any(member => !Members.Contains(member.Name, StringComparer.Ordinal)))
            throw new Wrong("A query has no such member.", ("members", Members));

        var (from, to) = (Date(json, "from"), Date(json, "to"));
        if (to <= from)
            throw new Wrong("to is not included and lies after from.");
        var metrics = Known(json, "metrics", Metric.All, m => m.Name);
        if (metrics.Count == 0)
            throw new Wrong("metrics names at least one.", ("metrics", Metric.All.Select(m => m.Name)));
        var dimensions = Known(json, "dimensions", Dimension.All, d => d.Name);
        return new Query(
            Text(json, "site"), from, to, metrics, dimensions,
            [.. Items(json, "filters").Select(ReadFilter)],
            [.. Items(json, "order").Select(order => ReadOrder(order, [.. dimensions.Select(d => d.Name), .. metrics.Select(m => m.Name)]))],
            Limit(json));
    }

    private static List<T> Known<T>(JsonElement json, string member, IReadOnlyList<T> all, Func<T, string> name)
    {
        var found = new List<T>();
        foreach (var item in Items(json, member))
        {
            var one = item.ValueKind == JsonValueKind.String ? all.FirstOrDefault(a => name(a) == item.GetString()) : default;
            if (one is null)
                throw new Wrong($"{member} names one that does not exist.", (member, all.Select(name)));
            if (found.Contains(one))
                throw new Wrong($"{member} names one twice.", (member, all.Select(name)));
            found.Add(one);
        }

        return found;
    }

    private static Filter ReadFilter(JsonElement filter)
    {
        var labelled = Dimension.All.Where(d => !d.IsTime).ToList();
        if (filter is not { ValueKind: JsonValueKind.Array } || filter.GetArrayLength() != 3 || filter[2].ValueKind != JsonValueKind.Array)
            throw new Wrong("A filter is [\"is\" or \"is_not\", dimension, [labels]].");
        var verb = filter[0].ValueKind == JsonValueKind.String ? filter[0].GetString() : null;
        if (verb is not ("is" or "is_not"))
            throw new Wrong("A filter says is or is_not.", ("filters", new[] { "is", "is_not" }));
        var dimension = filter[1].ValueKind == JsonValueKind.String ? labelled.Find(d => d.Name == filter[1].GetString()) : null;
        if (dimension is null)
            throw new Wrong("A filter names a dimension that cannot be filtered by.", ("dimensions", labelled.Select(d => d.Name)));
        var labels = filter[2].EnumerateArray().ToList();
        if (labels.Count is 0 or > MostLabels || labels.Exists(label => label.ValueKind != JsonValueKind.String))
            throw new Wrong($"A filter has 1 to {MostLabels} labels, each a string.");
        return new Filter(dimension, verb == "is", labels.ConvertAll(label => Printable(label.GetString()!, "A filter")));
    }

    private static Order ReadOrder(JsonElement order, string[] columns)
    {
        if (order is not { ValueKind: JsonValueKind.Array } || order.GetArrayLength() != 2 || order[0].ValueKind != JsonValueKind.String || order[1].ValueKind != JsonValueKind.String)
            throw new Wrong("An order is [column, \"asc\" or \"desc\"].");
        if (!columns.Contains(order[0].GetString(), StringComparer.Ordinal))
            throw new Wrong("order names a column that the query does not have.", ("columns", columns));
        return order[1].GetString() switch
        {
            "asc" => new Order(order[0].GetString()!, Descending: false),
            "desc" => new Order(order[0].GetString()!, Descending: true),
            _ => throw new Wrong("order is asc or desc.", ("directions", new[] { "asc", "desc" })),
        };
    }

    private static DateOnly Date(JsonElement json, string member) =>
        DateOnly.TryParseExact(Text(json, member), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date.Year is >= 1971 and <= 2105
            ? date
            : throw new Wrong($"{member} is a date such as 2026-01-31.");

    private static string Text(JsonElement json, string member) =>
        json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
            ? Printable(value.GetString()!, member)
            : throw new Wrong($"{member} is missing or no string.", ("members", Members));

    // No name and no label has a control character, and PostgreSQL takes no zero in a text.
    private static string Printable(string text, string member) => text.Any(char.IsControl) ? throw new Wrong($"{member} holds a control character.") : text;

    private static IEnumerable<JsonElement> Items(JsonElement json, string member)
    {
        if (!json.TryGetProperty(member, out var value) || value.ValueKind == JsonValueKind.Null)
            return [];
        return value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw new Wrong($"{member} is a list.");
    }

    private static int Limit(JsonElement json)
    {
        if (!json.TryGetProperty("limit", out var value) || value.ValueKind == JsonValueKind.Null)
            return StandardLimit;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var limit) && limit is >= 1 and <= MostLimit
            ? limit
            : throw new Wrong($"limit goes from 1 to {MostLimit}.");
    }

    /// <summary>Leaves the reading where something is wrong; never leaves this class.</summary>
    private sealed class Wrong(string detail, params (string Name, IEnumerable<string> Values)[] possible) : Exception(detail)
    {
        public QueryProblem Problem { get; } = new(detail, possible.ToDictionary(p => p.Name, p => (object?)p.Values.ToArray(), StringComparer.Ordinal));
    }
}
