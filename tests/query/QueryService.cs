using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Platform.Hosting;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Settings;
using KpTelemetry.Platform.Tokens;
using KpTelemetry.QueryApi;
using KpTelemetry.QueryApi.Querying;
using KpTelemetry.Tests.Engines;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace KpTelemetry.Query.Tests;

/// <summary>The query API as it runs, on databases of its own with published rows that tests put there.</summary>
public sealed class QueryService : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory("kp-query-").FullName;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly HttpClient _client = new() { Timeout = Patience };
    private WebApplication? _app;

    /// <summary>Databases that are there already, PostgreSQL's and ClickHouse's; where nothing is said it has its own.</summary>
    public (string Postgres, string ClickHouse)? Databases { get; init; }

    /// <summary>What the live view takes for the time.</summary>
    public TimeProvider LiveClock { get; init; } = TimeProvider.System;

    /// <summary>Who asks.</summary>
    public string User { get; set; } = "ann";

    public NpgsqlDataSource Database => _app!.Services.GetRequiredService<NpgsqlDataSource>();

    public async ValueTask InitializeAsync()
    {
        var port = Ports.Take();
        var settings = KpSettings.From(new Dictionary<string, string>
        {
            ["KP_HOME"] = _home,
            ["KP_POSTGRES"] = Databases?.Postgres ?? await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(),
            ["KP_CLICKHOUSE"] = Databases?.ClickHouse ?? await (await ClickHouseServer.SharedAsync()).CreateDatabaseAsync(),
        }.GetValueOrDefault);
        var builder = ServiceHost.CreateBuilder([], settings, new ServiceIdentity("query-api", port, Ports.Take()));
        QueryApiService.Compose(builder, settings);
        builder.Services.AddSingleton(provider => new LiveSteps(provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<ClickHouseStore>(), LiveClock));
        // A record that is slow on a busy machine answers all the same; one that is broken does not.
        builder.Services.AddSingleton(provider => new AccessRecord(provider.GetRequiredService<RecordStore>(), provider.GetRequiredService<TimeProvider>(), Patience));
        _app = builder.Build();
        QueryApiService.Map(_app);
        await _app.StartAsync();
        _client.BaseAddress = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }

        Directory.Delete(_home, recursive: true);
    }

    private const string Columns = "day, `table`, hour_from, hour_to, label, requests, bytes, errors, page_views, visitors";

    /// <summary>A release with rows <c>(day, table, hour_from, hour_to, label, requests, bytes, errors, page_views, visitors)</c>.</summary>
    public Task ReleaseAsync(string site, bool done, params string[] rows) => ReleaseColumnsAsync(site, Columns, done, rows);

    /// <summary>A release with rows of these columns.</summary>
    public async Task ReleaseColumnsAsync(string site, string columns, bool done, params string[] rows)
    {
        await ExecuteAsync($"insert into kp.sites values ('{site}', 1, 'UTC', '{{}}', now()) on conflict do nothing");
        await using var command = Database.CreateCommand("select kp.new_attempt('published')");
        var attempt = (long)(await command.ExecuteScalarAsync())!;
        var store = _app!.Services.GetRequiredService<ClickHouseStore>();
        await store.ExecuteAsync(
            $"INSERT INTO published (release_month, attempt, site, {columns}) SETTINGS async_insert = 0 VALUES {string.Join(", ", rows.Select(row => $"('2026-01-01', {attempt}, '{site}', {row})"))}", CancellationToken.None);
        await ExecuteAsync(
            $"""
            insert into kp.releases select '{site}', 1 + count(*), 1, 1, {rows.Length}, '', {attempt}, {(done ? "'2026-01-01T00:00:00Z'" : "null")} from kp.releases where site = '{site}';
            update kp.attempts set done = {done} where attempt = {attempt}
            """);
    }

    /// <summary>What is withheld of a day, by table.</summary>
    public Task WithholdAsync(string site, string day, params int[] bands) => ExecuteAsync(
        $"insert into kp.release_days values ('{site}', '{day}', true, 0, 0, 0, 0, 0, 0, 0, '{{}}', '{{{string.Join(',', bands)}}}', now())");

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Asks as an analyst, unless said otherwise.</summary>
    public Task<HttpResponseMessage> AskAsync(string query, string? role = "analyst", string? accept = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/query") { Content = new StringContent(query, Encoding.UTF8, "application/json") };
        return SendAsync(request, role, accept);
    }

    public Task<HttpResponseMessage> GetAsync(string path, string? role = "analyst") => SendAsync(new HttpRequestMessage(HttpMethod.Get, path), role, null);

    /// <summary>Signs an analyst on to the dashboards: what is asked without a role is of their session from now on.</summary>
    public async Task SignOnAsync()
    {
        using var page = await GetAsync($"/sign-in?ticket={Tokens().MintTicket(User, "analyst", TimeSpan.FromMinutes(5))}", role: null);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    /// <summary>The rows of an answer, as compact JSON.</summary>
    public async Task<string> RowsAsync(string query)
    {
        using var response = await AskAsync(query);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("rows").GetRawText();
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string? role, string? accept)
    {
        if (role is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token(role));
        if (accept is not null)
            request.Headers.Add("Accept", accept);
        return _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private string Token(string role) => Tokens().MintBearer(User, role, TimeSpan.FromMinutes(5));

    private LocalTokens Tokens() => new(_app!.Services.GetRequiredService<KeyStore>(), TimeProvider.System);
}
