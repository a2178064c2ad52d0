using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Benchmarks.Import;

/// <summary>A stack with a home that ends with it, and <c>kp</c> against it.</summary>
internal sealed class BenchStack : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StackHome _home;
    private readonly HttpClient _http;

    private BenchStack(Process process, StackHome home, HttpClient http, string postgres) => (_process, _home, _http, Postgres) = (process, home, http, postgres);

    /// <summary>Its home.</summary>
    public string Home => _home.Directory;

    /// <summary>Where its query API answers.</summary>
    public Uri QueryApi => _http.BaseAddress!;

    /// <summary>The connection string of its PostgreSQL.</summary>
    public string Postgres { get; }

    /// <summary>Its processes, by name.</summary>
    public IReadOnlyDictionary<string, int> Processes =>
        RunFile.ReadLive(_home)!.Processes.Where(p => p.Process is not null).ToDictionary(p => p.Name, p => p.Process!.Pid, StringComparer.Ordinal);

    public static async Task<BenchStack> StartAsync()
    {
        var process = Start(Program("KpTelemetry.Local.Stack", "KpTelemetry.Local.Stack.dll"), ["up", "--ephemeral", "--json"], home: null);
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the stack did not start");
        using var ready = JsonDocument.Parse(line);
        var home = new StackHome(ready.RootElement.GetProperty("home").GetString()!, 0);
        var http = new HttpClient { BaseAddress = new Uri(ready.RootElement.GetProperty("queryApi").GetString()!) };
        var token = await KpAsync(home, ["token", "--role", "analyst"]);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new BenchStack(process, home, http, ready.RootElement.GetProperty("postgres").GetString()!);
    }

    /// <summary>Imports a file; returns what the import said of itself.</summary>
    public Task<string> ImportAsync(string file, string site) => KpAsync(_home, ["import", file, "--site", site, "--json"]);

    /// <summary>How many requests of a span of days can be queried.</summary>
    public async Task<long> RequestsAsync(string site, DateTimeOffset from, DateTimeOffset to)
    {
        var query = new { site, from = DateOnly.FromDateTime(from.Date), to = DateOnly.FromDateTime(to.Date), metrics = new[] { "requests" }, dimensions = new[] { "time:day" } };
        using var response = await _http.PostAsJsonAsync(new Uri("/api/v1/query", UriKind.Relative), query);
        using var answer = JsonDocument.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync());
        return answer.RootElement.GetProperty("rows").EnumerateArray().Sum(row => row[1].GetInt64());
    }

    public async ValueTask DisposeAsync()
    {
        Signals.Terminate(ProcessIdentity.Of(_process.Id)!);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
    }

    private static async Task<string> KpAsync(StackHome home, string[] arguments)
    {
        using var process = Start(Program("KpTelemetry.Cli", "kp.dll"), arguments, home.Directory);
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"kp {arguments[0]} ended with {process.ExitCode}");
    }

    private static Process Start(string program, IEnumerable<string> arguments, string? home)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, UseShellExecute = false };
        if (home is not null)
            start.Environment["KP_HOME"] = home;
        return Process.Start(start)!;
    }

    private static string Program(string project, string file) => Path.Combine(RepositoryRoot.Path, "artifacts", "bin", project, "release", file);
}
