using System.Globalization;
using System.Text.Json;
using KpTelemetry.Query.Tests;

namespace KpTelemetry.Attack.Tests.Answering;

/// <summary>What the API answers, whatever the format.</summary>
internal sealed record ReadAnswer(bool IsRefused, Dictionary<string, IReadOnlyList<double?>> Rows, string Withheld)
{
    public static readonly string[] Formats = ["application/json", "text/csv", "application/x-ndjson"];

    public static async Task<ReadAnswer> AskAsync(QueryService service, Question question, string format)
    {
        using var response = await AnswerAsync(service, question, format);
        var text = await response.Content.ReadAsStringAsync();
        if (response.StatusCode == System.Net.HttpStatusCode.BadRequest)
            return new ReadAnswer(true, [], text);
        Xunit.Assert.True(response.IsSuccessStatusCode, text);
        var dimensions = question.AllDimensions.Count;
        var rows = RowsOf(text, format, [.. question.AllDimensions, .. question.Metrics]).ToDictionary(row => string.Join('\t', row.Take(dimensions)), row => (IReadOnlyList<double?>)[.. row.Skip(dimensions).Select(Number)]);
        using var json = format == Formats[0] ? JsonDocument.Parse(text) : null;
        return new ReadAnswer(false, rows, json?.RootElement.GetProperty("withheld").GetString() ?? response.Headers.GetValues("Kp-Withheld").Single());
    }

    // A store that does not answer in time is told as such: whoever asks many thousand times asks again.
    private static async Task<HttpResponseMessage> AnswerAsync(QueryService service, Question question, string format)
    {
        for (var left = 60; ; left--)
        {
            var response = await service.AskAsync(question.Json, accept: format);
            if (left == 0 || response.StatusCode != System.Net.HttpStatusCode.ServiceUnavailable)
                return response;
            await Task.Delay(response.Headers.RetryAfter!.Delta!.Value);
            response.Dispose();
        }
    }

    private static double? Number(string? text) => text is null ? null : double.Parse(text, CultureInfo.InvariantCulture);

    private static List<string?[]> RowsOf(string text, string format, string[] columns)
    {
        if (format == Formats[1])
        {
            // One unknown figure is an empty line.
            var lines = text.Split("\r\n")[..^1];
            Xunit.Assert.Equal(string.Join(',', columns), lines[0]);
            return [.. lines.Skip(1).Select(line => line.Split(',').Select(field => field.Length == 0 ? null : field).ToArray())];
        }

        if (format == Formats[2])
            return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => columns.Select(column => Text(JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(line)![column])).ToArray())];
        using var json = JsonDocument.Parse(text);
        return [.. json.RootElement.GetProperty("rows").EnumerateArray().Select(row => row.EnumerateArray().Select(Text).ToArray())];
    }

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.ToString();
}
