using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using KpTelemetry.Audit.ProjectingActivity;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Benchmarks.Import;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Tokens;
using Npgsql;

namespace KpTelemetry.Benchmarks.Access;

/// <summary>
/// How long the answers take that staff get from a large access record: over HTTP, each read recorded before it is answered,
/// on a stack of its own. Then, how long the projection takes to be made anew beside itself.
/// </summary>
internal static class RecordAnswers
{
    private const int StandardEntries = 10_000_000;
    private const int Asks = 200;
    private const int WarmUps = 5;
    private const double Bound = 200;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var entries = arguments is [var count, ..] ? int.Parse(count, CultureInfo.InvariantCulture) : StandardEntries;
        var within = arguments is [_, var minutes] ? TimeSpan.FromMinutes(int.Parse(minutes, CultureInfo.InvariantCulture)) : TimeSpan.MaxValue;
        await using var stack = await BenchStack.StartAsync();
        await using var database = NpgsqlDataSource.Create(stack.Postgres);
        using var keys = KeyStore.Open(Path.Combine(stack.Home, "keys"));
        using var store = new RecordStore(database, keys, TimeProvider.System);
        await store.ApplySchemaAsync(CancellationToken.None);
        await new LargeRecord(database, store, entries).MakeAsync(within);
        var generations = new Generations(store);
        await TellAsync("the projection caught up", async () => (await generations.ReadAsync(CancellationToken.None)) is [{ Answers: true, Behind: < 100 }]);
        await ExecuteAsync(database, "vacuum analyze");
        Console.WriteLine($"{(await generations.ReadAsync(CancellationToken.None))[^1].Record:N0} entries, {await SizeAsync(database, "audit"):N0} MB of tables and indexes");
        var isQuick = await AskAllAsync(stack, keys);
        await generations.TryBeginAsync(CancellationToken.None);
        await TellAsync("the projection was made anew beside itself", async () => (await generations.ReadAsync(CancellationToken.None)) is [{ Answers: true }]);
        return isQuick ? 0 : 1;
    }

    private static async Task TellAsync(string what, Func<Task<bool>> isDone)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await isDone())
            await Task.Delay(TimeSpan.FromSeconds(1));
        Console.WriteLine($"{what} in {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s");
    }

    private static async Task<bool> AskAllAsync(BenchStack stack, KeyStore keys)
    {
        using var http = new HttpClient { BaseAddress = stack.QueryApi };
        var all = true;
        Console.WriteLine($"{"answer",-44} {"p50",8} {"p95",8} {"max",8}  ms, of {Asks} asks");
        foreach (var (what, path) in await AnswersAsync(http, keys))
        {
            // An account of its own: what one may ask for in a second is limited.
            var took = await AskAsync(http, keys, $"bench {what}", path);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-44} {took[took.Length / 2],8:F1} {took[took.Length * 95 / 100],8:F1} {took[^1],8:F1}"));
            all &= took[^1] < Bound;
        }

        Console.WriteLine(all ? $"all under {Bound:F0} ms" : $"not all under {Bound:F0} ms");
        return all;
    }

    private static async Task<IReadOnlyList<(string What, Func<string, Task<string>> Path)>> AnswersAsync(HttpClient http, KeyStore keys)
    {
        var year = $"from={Day(-365)}&to={Day(1)}";
        var later = await NextAsync(http, keys, $"/api/v1/audit/events?from={Day(-365)}&to={Day(-180)}");
        var (often, seldom) = LargeRecord.Known;
        var head = (await GetAsync(http, keys, "bench head", "/api/v1/audit/activity")).GetProperty("asOf").GetProperty("entries").GetInt64();
        var busiest = await HandleOfStaffAsync(http, keys);
        return
        [
            ("newest entries", _ => Task.FromResult($"/api/v1/audit/events?{year}")),
            ("entries of half a year ago, a later page", _ => Task.FromResult($"/api/v1/audit/events?{year}&before={later}")),
            ("entries by kind, common", _ => Task.FromResult($"/api/v1/audit/events?{year}&kind=service-accessed")),
            ("entries by kind, rare", _ => Task.FromResult($"/api/v1/audit/events?{year}&kind=access-reviewed")),
            ("timeline of the most frequent member", user => MemberPathAsync(http, keys, user, often, later: false)),
            ("the same, a later page", user => MemberPathAsync(http, keys, user, often, later: true)),
            ("timeline of a rare member", user => MemberPathAsync(http, keys, user, seldom, later: false)),
            ("staff activity of a month", _ => Task.FromResult($"/api/v1/audit/activity?from={Day(-30)}&to={Day(1)}")),
            ("staff activity of the year", _ => Task.FromResult($"/api/v1/audit/activity?{year}")),
            ("one of the staff, entry by entry", async user => $"/api/v1/audit/activity/{await HandleOfStaffAsync(http, keys, user, busiest)}"),
            ("failed sign-ons of a week", _ => Task.FromResult($"/api/v1/audit/failures?from={Day(-7)}&to={Day(1)}")),
            ("failed sign-ons of a month", _ => Task.FromResult($"/api/v1/audit/failures?from={Day(-30)}&to={Day(1)}")),
            ("open cases", _ => Task.FromResult("/api/v1/cases")),
            ("newest grants", _ => Task.FromResult("/api/v1/audit/grants")),
            ("overdue requests", _ => Task.FromResult("/api/v1/subjects/requests?state=overdue")),
            ("open requests", _ => Task.FromResult("/api/v1/subjects/requests?state=open")),
            ("inclusion proof", _ => Task.FromResult($"/api/v1/audit/proofs/inclusion?index={(head / 3).ToString(CultureInfo.InvariantCulture)}&size={head.ToString(CultureInfo.InvariantCulture)}")),
            ("consistency proof", _ => Task.FromResult($"/api/v1/audit/proofs/consistency?from={(head / 3).ToString(CultureInfo.InvariantCulture)}&to={head.ToString(CultureInfo.InvariantCulture)}")),
        ];
    }

    private static async Task<double[]> AskAsync(HttpClient http, KeyStore keys, string user, Func<string, Task<string>> pathFor)
    {
        var path = await pathFor(user);
        var took = new List<double>();
        for (var i = 0; i < WarmUps + Asks; i++)
        {
            using var request = Request(keys, user, HttpMethod.Get, path);
            var started = Stopwatch.GetTimestamp();
            using var answer = await http.SendAsync(request);
            await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
            if (i >= WarmUps)
                took.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return [.. took.Order()];
    }

    private static async Task<string> MemberPathAsync(HttpClient http, KeyStore keys, string user, string member, bool later)
    {
        using var request = Request(keys, user, HttpMethod.Post, "/api/v1/audit/members/lookup");
        request.Content = JsonContent.Create(new { member });
        using var answer = await http.SendAsync(request);
        var handle = (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("handle").GetString();
        var path = $"/api/v1/audit/members/{handle}/access";
        return later ? $"{path}?before={(await GetAsync(http, keys, user, $"{path}?to={Day(-180)}")).GetProperty("next").GetInt64().ToString(CultureInfo.InvariantCulture)}" : path;
    }

    private static async Task<string> HandleOfStaffAsync(HttpClient http, KeyStore keys, string user = "bench staff", string? account = null)
    {
        var staff = (await GetAsync(http, keys, user, $"/api/v1/audit/activity?from={Day(-365)}&to={Day(1)}&limit=1000")).GetProperty("staff").EnumerateArray();
        return account is null
            ? staff.MaxBy(one => one.GetProperty("counts").GetProperty("queries").GetInt64()).GetProperty("user").GetString()!
            : staff.First(one => one.GetProperty("user").GetString() == account).GetProperty("access").GetString()!;
    }

    private static async Task<string> NextAsync(HttpClient http, KeyStore keys, string path) =>
        (await GetAsync(http, keys, "bench next", path)).GetProperty("next").GetInt64().ToString(CultureInfo.InvariantCulture);

    private static async Task<JsonElement> GetAsync(HttpClient http, KeyStore keys, string user, string path)
    {
        using var request = Request(keys, user, HttpMethod.Get, path);
        using var answer = await http.SendAsync(request);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }

    private static HttpRequestMessage Request(KeyStore keys, string user, HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", new LocalTokens(keys, TimeProvider.System).MintBearer(user, "privacy", TimeSpan.FromHours(1)));
        request.Headers.Add("X-Purpose-Of-Use", "quality");
        request.Headers.Add("X-Case", "C-bench");
        return request;
    }

    private static string Day(int from) => DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(from).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> SizeAsync(NpgsqlDataSource database, string schema)
    {
        await using var command = database.CreateCommand("select sum(pg_total_relation_size(c.oid)) / 1000000 from pg_class c where c.relnamespace = $1::regnamespace and c.relkind = 'r'");
        command.Parameters.Add(new() { Value = schema });
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }
}
