using System.Text;
using KpTelemetry.Ingest.Answering;
using KpTelemetry.Ingest.Choosing;
using KpTelemetry.Ingest.Gathering;
using KpTelemetry.Ingest.Policies;
using KpTelemetry.Ingest.Sending;
using KpTelemetry.Ingest.Sites;
using KpTelemetry.Ingest.Starting;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Ingest.Pixel;

/// <summary>
/// <c>GET /b.gif</c>: a page view, or a named event, of a browser without script. The answer is a GIF of one transparent
/// pixel, given when the event is safe. There is no cookie, so that it never makes a visitor (<see cref="EventFlags.Pixel"/>).
/// </summary>
internal sealed class PixelEndpoint(Ingestion ingestion, SiteDirectory sites, PolicyDirectory policies, KeyStore keys, PixelMetrics metrics, SignalMetrics signalMetrics, TimeProvider time)
{
    private const int MostUnderWay = 20_000;

    private static readonly byte[] Gif =
    [
        .. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0x21, 0xF9, 4, 1, 0, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B,
    ];

    private int _underWay;

    public async Task TakeAsync(HttpContext http)
    {
        if (Interlocked.Increment(ref _underWay) > MostUnderWay)
        {
            Interlocked.Decrement(ref _underWay);
            await Problem.Overloaded.ExecuteAsync(http);
            return;
        }

        try
        {
            var stored = await StoreAsync(http);
            await (stored.Where == StoredIn.Refused ? Problem.StorageFull.ExecuteAsync(http) : AnswerAsync(http));
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private static Task AnswerAsync(HttpContext http)
    {
        http.Response.ContentType = "image/gif";
        http.Response.ContentLength = Gif.Length;
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.Body.WriteAsync(Gif, 0, Gif.Length, http.RequestAborted);
    }

    private async Task<Stored> StoreAsync(HttpContext http)
    {
        var request = PixelRequest.Of(http);
        var site = request.Site is { } name ? await sites.FindAsync(name, http.RequestAborted) : null;
        var (signals, policy) = (Signals.Of(http.Request), policies.InForce.Values);
        signalMetrics.Decided(signals, policy);
        return await (signals.Drops(policy) ? DropAsync(http, site, signals) : StoreAsync(request, site));
    }

    // Of the browser and the page nothing is kept, nor told by the partition that the event goes to.
    private Task<Stored> DropAsync(HttpContext http, SiteStamp? site, in Signals signals)
    {
        metrics.Took(site?.Name, Reason.OptedOut);
        if (signals.OptedOut)
            Choice.Measurement.TurnOff(http.Response);
        return ingestion.Lanes.AddLiveAsync(
            ingestion.Routes.Of(Encoding.UTF8.GetBytes(site?.Name ?? "")), new LiveEvent(site, EventFlags.Pixel, Reason.OptedOut, [], [], [], [], [], []));
    }

    private Task<Stored> StoreAsync(PixelRequest request, SiteStamp? site)
    {
        var live = request.EventOf(site);
        metrics.Took(site?.Name, live.Reason);
        return ingestion.Lanes.AddLiveAsync(ingestion.Routes.OfVisitor(live.Address, live.Agent), live.Reason == Reason.None ? live : Rejected(live, request));
    }

    // Kept as it came: where its site is defined later, the page view has its page, country and agent.
    private LiveEvent Rejected(LiveEvent live, PixelRequest request)
    {
        var content = request.ToBytes();
        var day = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        using var replay = new Sealer(keys.GetOrCreate(KeyNames.Replay(day)));
        return new LiveEvent(live.Site, EventFlags.Pixel, live.Reason, [], [], [], [], [], replay.Seal(content.AsSpan(0, Math.Min(content.Length, LogGathering.MaxSealedLineBytes)), []));
    }
}
