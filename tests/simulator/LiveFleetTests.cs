using System.Net;
using KpTelemetry.Local.Simulator.Live;
using Microsoft.Extensions.Time.Testing;

namespace KpTelemetry.Simulator.Tests;

public sealed class LiveFleetTests
{
    private static readonly Uri Ingest = new("http://127.0.0.1:9");

    [Fact]
    public async Task PlayAsync_SomeSeconds_SendsAtTheRateWithNewVisitors()
    {
        using var ingest = new FakeIngest(_ => new HttpResponseMessage(HttpStatusCode.OK));
        var fleet = await PlayAsync(ingest, TimeSpan.FromSeconds(10), rate: 100);

        Assert.Equal(ingest.Requests.Count, fleet.Count.Sent);
        Assert.InRange(ingest.Requests.Count, 850, 1_150);
        var lines = ingest.Requests.Where(r => r.Query.StartsWith("/v1/logs?site=", StringComparison.Ordinal)).ToList();
        Assert.All(ingest.Requests.Except(lines), r => Assert.StartsWith("/b.gif?s=", r.Query, StringComparison.Ordinal));
        Assert.InRange(lines.Count, ingest.Requests.Count / 2, ingest.Requests.Count - 1);
        Assert.All(lines, r => Assert.EndsWith("\"\n", r.Line, StringComparison.Ordinal));
        // At the ordinary rate this makes three newcomers a second on the largest site, which its steps need; the pixel
        // makes no visitor.
        Assert.True(lines.Select(r => (r.Address, r.Agent)).Distinct().Count() > ingest.Requests.Count / 5, "too few visitors");
    }

    [Fact]
    public async Task PlayAsync_RetryAfter_WaitsAndSendsTheHitAgain()
    {
        var refusals = 0;
        using var ingest = new FakeIngest(_ => Interlocked.Increment(ref refusals) == 1 ? Refusal() : new HttpResponseMessage(HttpStatusCode.OK));
        var fleet = await PlayAsync(ingest, TimeSpan.FromSeconds(2), rate: 50);

        Assert.Equal(1, fleet.Count.Refused);
        Assert.Equal(0, fleet.Count.Failed);
        Assert.Contains(ingest.Requests.GroupBy(r => r), g => g.Count() > 1);
    }

    [Fact]
    public async Task PlayAsync_AnswerThatIsAnError_GivesTheHitUp()
    {
        using var ingest = new FakeIngest(_ => new HttpResponseMessage(HttpStatusCode.BadRequest));
        var fleet = await PlayAsync(ingest, TimeSpan.FromMilliseconds(300), rate: 100);
        Assert.Equal(ingest.Requests.Count, fleet.Count.Failed);
    }

    private static async Task<LiveFleet> PlayAsync(FakeIngest ingest, TimeSpan duration, double rate)
    {
        using var http = new HttpClient(ingest, disposeHandler: false);
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 3, 18, 0, 0, TimeSpan.Zero));
        var fleet = new LiveFleet(http, Ingest, new LiveOptions(rate, duration, 11, LiveOptions.StandardSites), time);
        var play = fleet.PlayAsync(CancellationToken.None);
        while (!play.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(5));
            await Task.Yield();
        }

        await play;
        return fleet;
    }

    private static HttpResponseMessage Refusal()
    {
        var refusal = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        refusal.Headers.RetryAfter = new(TimeSpan.FromSeconds(1));
        return refusal;
    }

    private sealed class FakeIngest(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        private readonly Lock _lock = new();

        public List<(string Query, string Address, string Agent, string Line)> Requests { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var query = request.RequestUri!.PathAndQuery;
            if (request.Content is { } content)
            {
                var line = await content.ReadAsStringAsync(cancellationToken);
                Add((query, line[..line.IndexOf(' ', StringComparison.Ordinal)], line.Split('"')[^2], line));
            }
            else
            {
                Add((query, request.Headers.GetValues("X-Forwarded-For").Single(), string.Join(' ', request.Headers.GetValues("User-Agent")), ""));
            }

            return answer(request);
        }

        private void Add((string Query, string Address, string Agent, string Line) seen)
        {
            lock (_lock)
                Requests.Add(seen);
        }
    }
}
