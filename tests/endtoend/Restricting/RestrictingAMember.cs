using System.Globalization;
using System.Text.Json;
using KpTelemetry.EndToEnd.Tests.Stacks;

namespace KpTelemetry.EndToEnd.Tests.Restricting;

/// <summary>P15: a restriction that is agreed in a case is enforced by the pipeline, and the access record goes on.</summary>
[Collection(OnTheSharedStack.Name)]
public sealed class RestrictingAMember(SharedStack shared) : IDisposable
{
    private const string Requests = "/api/v1/subjects/requests", Member = "restricted-e2e-4711";
    private static readonly DateTimeOffset Start = new(2025, 9, 9, 8, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("kp-e2e-restricted-").FullName;
    private int _lines;

    [Fact]
    public async Task Their_telemetry_is_counted_until_then_and_dropped_from_then_on_and_their_access_is_recorded_throughout()
    {
        var site = await shared.AddSiteAsync("UTC");
        var before = await shared.Queries.BooksAsync();
        await shared.ImportAsync(Log(5), site);
        var counted = await shared.Queries.BooksAsync();
        Assert.Equal((before.Counted + 5, before.AccessRecorded + 5), (counted.Counted, counted.AccessRecorded));

        var id = await DoAsync(Requests, new { kind = "restrict", subject = new { member = Member }, by = "letter" });
        await DoAsync($"{Requests}/{id}/verify", new { method = "two letters compared", verified = true });
        await DoAsync($"{Requests}/{id}/restrict", new { text = "no measuring" });
        // Every ingest knows it within two seconds: until one line is dropped, lines are counted.
        for (var tries = 60; Dropped(await shared.Queries.BooksAsync()) == Dropped(before) && tries > 0; tries--)
            await shared.ImportAsync(Log(1), site);

        var agreed = await shared.Queries.BooksAsync();
        await shared.ImportAsync(Log(7), site);
        var after = await shared.Queries.BooksAsync();
        Assert.Equal((agreed.Counted, Dropped(agreed) + 7, agreed.AccessRecorded + 7), (after.Counted, Dropped(after), after.AccessRecorded));
        Assert.True(after.Balance, after.ToString());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static long Dropped(Books books) => books.Dropped.GetValueOrDefault("restricted");

    private async Task<string> DoAsync(string path, object body)
    {
        using var answer = await shared.Queries.PostAsync("privacy", path, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement.GetProperty("id").GetString()!;
    }

    private string Log(int lines)
    {
        var path = Path.Combine(_folder, $"{_lines.ToString(CultureInfo.InvariantCulture)}.log");
        File.WriteAllLines(path, Enumerable.Range(_lines, lines).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"198.51.100.7 - {Member} [{Start.AddSeconds(i):dd'/'MMM'/'yyyy:HH:mm:ss} +0000] \"GET /records/visits HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\"")));
        _lines += lines;
        return path;
    }
}
