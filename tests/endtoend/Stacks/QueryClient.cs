using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace KpTelemetry.EndToEnd.Tests.Stacks;

/// <summary>What a query answered: rows of columns by name.</summary>
internal sealed record QueryAnswer(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<JsonElement>> Rows, string Withheld)
{
    /// <summary>The rows as label (the first column) and the number in the second.</summary>
    public SortedDictionary<string, long> Numbers => new(Rows.ToDictionary(r => r[0].ToString(), r => r[1].GetInt64(), StringComparer.Ordinal), StringComparer.Ordinal);
}

/// <summary>The books of the whole pipeline.</summary>
internal sealed record Books(long Received, long Counted, long Duplicates, Dictionary<string, long> Rejected, Dictionary<string, long> Dropped, long AccessRecorded)
{
    /// <summary>What invariant 2 says of them.</summary>
    public bool Balance => Received == Counted + Duplicates + Rejected.Values.Sum() + Dropped.Values.Sum();
}

/// <summary>Asks the query API as each role.</summary>
internal sealed class QueryClient(KpStack stack) : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly HttpClient _http = new() { BaseAddress = stack.QueryApi, Timeout = TimeSpan.FromMinutes(5) };
    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);

    /// <summary>Asks for metrics by one dimension over days, the last excluded.</summary>
    public async Task<QueryAnswer> QueryAsync(string site, DateOnly from, DateOnly to, string dimension, params string[] metrics)
    {
        using var response = await OnceAvailableAsync(() => PostAsync("analyst", new { site, from, to, metrics, dimensions = new[] { dimension }, limit = 10_000 }));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}: {text}");
        return JsonSerializer.Deserialize<QueryAnswer>(text, Json)!;
    }

    /// <summary>The books.</summary>
    public async Task<Books> BooksAsync()
    {
        using var response = await OnceAvailableAsync(async () =>
        {
            using var request = await RequestAsync("admin", HttpMethod.Get, "/api/v1/pipeline");
            return await _http.SendAsync(request);
        });
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}: {text}");
        return JsonSerializer.Deserialize<Books>(text, Json)!;
    }

    /// <summary>Sends a query as a role, or without a token where it is null.</summary>
    public Task<HttpResponseMessage> PostAsync(string? role, object query) => PostAsync(role, "/api/v1/query", query);

    /// <summary>Posts a body as a role, or without a token where it is null.</summary>
    public async Task<HttpResponseMessage> PostAsync(string? role, string path, object body)
    {
        using var request = await RequestAsync(role, HttpMethod.Post, path);
        request.Content = JsonContent.Create(body);
        return await _http.SendAsync(request);
    }

    public void Dispose() => _http.Dispose();

    // After a kill a store may be away for a while: the API then says 503 and when to come back, which a client does.
    private static async Task<HttpResponseMessage> OnceAvailableAsync(Func<Task<HttpResponseMessage>> ask)
    {
        for (var attempts = 60; ; attempts--)
        {
            var response = await ask();
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable || attempts == 0)
                return response;
            var wait = response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1);
            response.Dispose();
            await Task.Delay(wait);
        }
    }

    private async Task<HttpRequestMessage> RequestAsync(string? role, HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        if (role is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync(role));
        return request;
    }

    private async Task<string> TokenAsync(string role)
    {
        if (!_tokens.TryGetValue(role, out var token))
        {
            var result = await stack.KpAsync("token", "--role", role);
            Assert.True(result.ExitCode == 0, result.ToString());
            _tokens[role] = token = result.Output.Trim();
        }

        return token;
    }
}
