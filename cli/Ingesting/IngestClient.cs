using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Cli.Ingesting;

/// <summary>
/// Speaks to the ingest of the running stack with the stack's own key. While the stack runs, an ingest that does not
/// answer, or has no room, is asked again: it is being restarted, or waits for Kafka or for disk space.
/// </summary>
public sealed class IngestClient : IDisposable
{
    private const string LocalKeyFile = "ingest-local";
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly StackInfo _stack;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public IngestClient(StackInfo stack, TimeProvider time)
    {
        (_stack, _time) = (stack, time);
        _http = new HttpClient { BaseAddress = stack.Ingest, Timeout = TimeSpan.FromMinutes(2) };
        var key = Path.Combine(stack.Home.Directory, "keys", LocalKeyFile);
        if (File.Exists(key))
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ReadKey(key));
    }

    /// <summary>Told in words why an answer is waited for; null when it came.</summary>
    public Action<string?> Waiting { get; set; } = _ => { };

    /// <summary>Sends a request until it is answered; <paramref name="make"/> makes it anew for each attempt.</summary>
    /// <exception cref="KpFailure">It was refused, or the stack has stopped.</exception>
    public async Task<T> SendAsync<T>(Func<HttpRequestMessage> make, CancellationToken cancel)
    {
        var pause = FirstPause;
        var waited = false;
        while (true)
        {
            var (answer, trouble, retryAfter) = await TryAsync<T>(make, cancel);
            if (trouble is null)
            {
                if (waited)
                    Waiting(null);
                return answer!;
            }

            if (RunFile.ReadLive(_stack.Home) is null)
                throw new KpFailure("the stack has stopped", "start it with ./kp up, then run the same command again: it goes on where it was");
            waited = true;
            Waiting(trouble);
            await Task.Delay(retryAfter ?? pause, _time, cancel);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>GET with a JSON answer.</summary>
    public Task<T> GetAsync<T>(string path, CancellationToken cancel) => SendAsync<T>(() => new HttpRequestMessage(HttpMethod.Get, path), cancel);

    /// <summary>POST with a JSON body and a JSON answer.</summary>
    public Task<T> PostAsync<T>(string path, object? body, CancellationToken cancel) =>
        SendAsync<T>(() => new HttpRequestMessage(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body, options: JsonOutput.Options) }, cancel);

    /// <summary>PUT with a JSON body and a JSON answer.</summary>
    public Task<T> PutAsync<T>(string path, object body, CancellationToken cancel) =>
        SendAsync<T>(() => new HttpRequestMessage(HttpMethod.Put, path) { Content = JsonContent.Create(body, options: JsonOutput.Options) }, cancel);

    public void Dispose() => _http.Dispose();

    private async Task<(T? Answer, string? Trouble, TimeSpan? RetryAfter)> TryAsync<T>(Func<HttpRequestMessage> make, CancellationToken cancel)
    {
        try
        {
            using var request = make();
            using var response = await _http.SendAsync(request, cancel);
            if (response.IsSuccessStatusCode)
                return (await response.Content.ReadFromJsonAsync<T>(JsonOutput.Options, cancel), null, null);
            var problem = await ReadProblemAsync(response, cancel);
            if (response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError)
                return (default, problem.Title, response.Headers.RetryAfter?.Delta);
            throw new KpFailure(problem.Title, problem.Detail ?? "./kp logs shows what ingest says");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException || (exception is TaskCanceledException && !cancel.IsCancellationRequested))
        {
            return (default, "ingest does not answer", null);
        }
    }

    private static async Task<ProblemBody> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<ProblemBody>(JsonOutput.Options, cancel) ?? new ProblemBody($"ingest answered {(int)response.StatusCode}", null);
        }
        catch (JsonException)
        {
            return new ProblemBody($"ingest answered {(int)response.StatusCode}", null);
        }
    }

    private static string ReadKey(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (UnauthorizedAccessException)
        {
            throw new KpFailure("the stack's ingest key belongs to another user", "run the command as the user who started the stack");
        }
    }

    private sealed record ProblemBody(string Title, string? Detail);
}
