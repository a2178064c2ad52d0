using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Tokens;

namespace KpTelemetry.Cli.Querying;

/// <summary>Speaks to the query API of the running stack in a role, under the name of whoever runs the command.</summary>
internal sealed class QueryApiClient : IDisposable
{
    private const int LongestName = 64;
    private const int Attempts = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly HttpClient _http;
    private readonly string _document;

    /// <summary>Speaks in <paramref name="role"/>; <paramref name="document"/> tells more where something is refused.</summary>
    /// <exception cref="KpFailure">No stack runs, or its keys cannot be read.</exception>
    public QueryApiClient(StackInfo stack, string role, string document, params (string Name, string Value)[] headers)
    {
        _document = document;
        _http = new HttpClient { BaseAddress = stack.QueryApi, Timeout = TimeSpan.FromMinutes(1) };
        try
        {
            using var keys = KeyStore.Open(stack.Home.Folder("keys"));
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", new LocalTokens(keys, TimeProvider.System).MintBearer(UserName(role), role, TimeSpan.FromMinutes(5)));
            foreach (var (name, value) in headers)
                _http.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        }
        catch (UnauthorizedAccessException)
        {
            throw new KpFailure("the stack's keys belong to another user", "run the command as the user who started the stack");
        }
    }

    public Task<T> GetAsync<T>(string path, CancellationToken cancel) => SendAsync<T>(() => new HttpRequestMessage(HttpMethod.Get, path), cancel);

    public Task<T> PostAsync<T>(string path, string document, CancellationToken cancel) =>
        SendAsync<T>(() => new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(document, Encoding.UTF8, "application/json") }, cancel);

    public void Dispose() => _http.Dispose();

    private static string UserName(string role) => Environment.UserName is { Length: > 0 and <= LongestName } name ? name : role;

    private async Task<T> SendAsync<T>(Func<HttpRequestMessage> make, CancellationToken cancel)
    {
        try
        {
            using var response = await AskAsync(make, cancel);
            if (response.IsSuccessStatusCode)
                return (await response.Content.ReadFromJsonAsync<T>(JsonOutput.Options, cancel))!;
            var problem = await response.Content.ReadFromJsonAsync<Refusal>(JsonOutput.Options, cancel);
            throw new KpFailure(
                problem is { Problems: { Count: > 0 } problems } ? string.Join("; ", problems) : problem?.Detail ?? $"the query API answered {(int)response.StatusCode}",
                response.StatusCode == HttpStatusCode.ServiceUnavailable ? "./kp logs shows what the query API says" : $"{_document} tells more");
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is TaskCanceledException && !cancel.IsCancellationRequested))
        {
            throw new KpFailure("the query API does not answer", "./kp status shows what runs; try again");
        }
    }

    // 503 says come again: a store is being restarted.
    private async Task<HttpResponseMessage> AskAsync(Func<HttpRequestMessage> make, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = make();
            var response = await _http.SendAsync(request, cancel);
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable || attempt == Attempts)
                return response;
            response.Dispose();
            await Task.Delay(Pause, TimeProvider.System, cancel);
        }
    }

    private sealed record Refusal(string? Detail, IReadOnlyList<string>? Problems);
}
