using System.Net;
using System.Text;
using KpTelemetry.Ingest.Answering;
using KpTelemetry.Ingest.Choosing;
using KpTelemetry.Ingest.Gathering;
using KpTelemetry.Ingest.Policies;
using KpTelemetry.Ingest.Sending;
using KpTelemetry.Ingest.Sites;
using KpTelemetry.Ingest.Starting;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Privacy.Minimising;
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
    private const int LongestEventName = 64;
    private const int LongestSiteName = 64;

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
        var name = http.Request.Query["s"].ToString();
        var site = name.Length is > 0 and <= LongestSiteName ? await sites.FindAsync(name, http.RequestAborted) : null;
        var (signals, policy) = (Signals.Of(http.Request), policies.InForce.Values);
        signalMetrics.Decided(signals, policy);
        return await (signals.Drops(policy) ? DropAsync(http, site, signals) : StoreAsync(http, site));
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

    private async Task<Stored> StoreAsync(HttpContext http, SiteStamp? site)
    {
        var address = Encoding.ASCII.GetBytes(AddressOf(http.Connection.RemoteIpAddress));
        var agent = Minimised(http.Request.Headers.UserAgent.ToString(), MinimiseText.Agent, out var removedFromAgent);
        var query = http.Request.Query;
        var path = query["p"].ToString();
        var reason = site is null ? Reason.UnknownSite : path.Length == 0 ? Reason.MissingField : Reason.None;
        metrics.Took(site?.Name, reason);
        if (reason != Reason.None)
            return await ingestion.Lanes.AddLiveAsync(ingestion.Routes.OfVisitor(address, agent), Rejected(site, reason, http.Request.QueryString.Value ?? ""));

        var minimisedPath = Minimised(path, MinimisePath.Target, out var removedFromPath);
        var referrer = Minimised(query["r"].ToString(), MinimiseReferrer.Apply, out var removedFromReferrer);
        var flags = EventFlags.Pixel | DoorColumn.FlagsOf(removedFromAgent | removedFromPath | removedFromReferrer);
        return await ingestion.Lanes.AddLiveAsync(
            ingestion.Routes.OfVisitor(address, agent),
            new LiveEvent(site, flags, Reason.None, address, agent, minimisedPath, referrer, EventName(query["e"].ToString()), []));
    }

    private LiveEvent Rejected(SiteStamp? site, Reason reason, string query)
    {
        var bytes = Encoding.UTF8.GetBytes(query);
        var day = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        using var replay = new Sealer(keys.GetOrCreate(KeyNames.Replay(day)));
        return new LiveEvent(site, EventFlags.Pixel, reason, [], [], [], [], [], replay.Seal(bytes.AsSpan(0, Math.Min(bytes.Length, LogGathering.MaxSealedLineBytes)), []));
    }

    private static byte[] Minimised(string text, DoorRule rule, out Removed removed)
    {
        removed = Removed.Nothing;
        Span<byte> destination = stackalloc byte[MinimiseText.Room];
        return destination[..rule(Encoding.UTF8.GetBytes(text), destination, ref removed)].ToArray();
    }

    private static byte[] EventName(string name) =>
        name.Length <= LongestEventName && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_') ? Encoding.ASCII.GetBytes(name) : [];

    private static string AddressOf(IPAddress? address) => address switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        _ => address.ToString(),
    };
}
