using System.Text.Json;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Answering;

/// <summary>A condition on labels.</summary>
internal sealed record Condition(string Dimension, bool Is, IReadOnlyList<string> Labels);

/// <summary>What is asked of a site called sample.</summary>
/// <param name="Time">The dimension of time; null for the range as a whole.</param>
/// <param name="Dimensions">Those of labels.</param>
internal sealed record Question(
    Table Table, DateOnly From, DateOnly To, string? Time, IReadOnlyList<string> Dimensions, IReadOnlyList<Condition> Conditions, IReadOnlyList<string> Metrics)
{
    public IReadOnlyList<string> AllDimensions => Time is null ? Dimensions : [Time, .. Dimensions];

    /// <summary>Whether visitors of labels that overlap would be added up.</summary>
    public bool IsRefused => Table is { Kind: TableKind.Tree, ManyLabels: true } && Dimensions.Count == 0 && Metrics.Contains("visitors")
        && !Conditions.Any(condition => condition is { Is: true, Labels.Count: 1 });

    public string Json => JsonSerializer.Serialize(new
    {
        site = "sample",
        from = $"{From:yyyy-MM-dd}",
        to = $"{To:yyyy-MM-dd}",
        metrics = Metrics,
        dimensions = AllDimensions,
        filters = Conditions.Select(condition => new object[] { condition.Is ? "is" : "is_not", condition.Dimension, condition.Labels }),
        limit = 10_000,
    });
}

/// <summary>Every combination that the lattice names, by windows and conditions.</summary>
/// <param name="lattice">What <c>GET /api/v1/lattice</c> answers.</param>
internal sealed class Questions(JsonElement lattice, IReadOnlyList<Row> rows)
{
    public IEnumerable<Question> Of(IReadOnlyList<(DateOnly From, DateOnly To)> windows)
    {
        foreach (var entry in lattice.GetProperty("combinations").EnumerateArray())
        {
            var (first, second) = (entry.GetProperty("dimension").GetString(), entry.GetProperty("second").GetString());
            var table = first is null ? Table.Site : Table.All.Single(table => table.Dimension == first && table.Second == second);
            string?[] times = [null, .. entry.GetProperty("times").EnumerateArray().Select(time => time.GetString())];
            string[] metrics = [.. entry.GetProperty("metrics").EnumerateArray().Select(metric => metric.GetString()!)];
            string[] dimensions = table.Kind == TableKind.Site ? [] : second is null ? [first!] : [first!, second];
            foreach (var (from, to) in windows)
            {
                foreach (var time in times)
                    yield return new Question(table, from, to, time, dimensions, [], metrics);
            }

            foreach (var (named, conditions) in Filtered(table, dimensions))
                yield return new Question(table, windows[^1].From, windows[^1].To, times[named.Count], named, conditions, metrics);
        }
    }

    // Each dimension is named, or filtered by, or both.
    private IEnumerable<(IReadOnlyList<string> Named, IReadOnlyList<Condition> Conditions)> Filtered(Table table, string[] dimensions)
    {
        foreach (var dimension in dimensions)
        {
            var others = dimensions.Where(other => other != dimension).ToList();
            var labels = LabelsOf(table, dimension);
            foreach (var condition in new Condition[] { new(dimension, true, [labels[0]]), new(dimension, true, [labels[^1], "/nobody"]), new(dimension, false, [labels[0]]) })
            {
                yield return (dimensions, [condition]);
                yield return (others, [condition]);
            }
        }

        if (dimensions.Length == 2)
            yield return ([], [.. dimensions.Select(dimension => new Condition(dimension, true, LabelsOf(table, dimension)))]);
    }

    private List<string> LabelsOf(Table table, string dimension) =>
        [.. rows.Where(row => row.Table == table).Select(row => AnswerModel.LabelOf(row, dimension)).Append(Labels.Other).Distinct().Order(StringComparer.Ordinal)];
}
