using System.Text.Json;

namespace KpTelemetry.Cli.Status;

/// <summary>Asks health endpoints and puts what they answer into one line.</summary>
public sealed class HealthProbe : IDisposable
{
    private const int LongestLine = 120;

    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>Asks one endpoint.</summary>
    /// <returns>Whether it answered 2xx, and what it said.</returns>
    public async Task<(bool Answered, string Text)> AskAsync(string address, CancellationToken cancel)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(address), cancel);
            var body = await answer.Content.ReadAsStringAsync(cancel);
            return (answer.IsSuccessStatusCode, Shorten(InWords(body)));
        }
        catch (HttpRequestException)
        {
            return (false, "does not answer");
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (false, "does not answer within 2 s");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    /// <summary>"healthy", or what is not and why, from the answer that every service's operations port gives.</summary>
    private static string InWords(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("status", out var status))
            {
                return body.Trim();
            }

            var complaints = json.RootElement.TryGetProperty("checks", out var checks)
                ? checks.EnumerateObject().Where(check => !IsHealthy(check.Value)).Select(Complaint).ToList()
                : [];
            return complaints.Count > 0 ? string.Join("; ", complaints) : status.ToString();
        }
        catch (JsonException)
        {
            return body.Trim();
        }
    }

    private static bool IsHealthy(JsonElement check) => check.TryGetProperty("status", out var status) && status.ValueEquals("healthy");

    private static string Complaint(JsonProperty check) =>
        check.Value.TryGetProperty("description", out var description) && description.ValueKind == JsonValueKind.String
            ? $"{check.Name}: {description}"
            : check.Name;

    private static string Shorten(string text)
    {
        var line = string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return line.Length <= LongestLine ? line : line[..(LongestLine - 1)] + "…";
    }
}
