using System.Net;
using System.Text;
using KpTelemetry.Ingest.Gathering;
using KpTelemetry.Ingest.Sending;
using KpTelemetry.Privacy.Minimising;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace KpTelemetry.Ingest.Pixel;

/// <summary>What a request for the pixel says, before the door.</summary>
/// <param name="Query">The query string, with its question mark.</param>
/// <param name="Address">The client's address, as far as proxies are trusted.</param>
/// <param name="Agent">The agent header.</param>
internal sealed record PixelRequest(string Query, string Address, string Agent)
{
    private const int LongestSiteName = 64;

    // None of the three holds it: a server refuses a request line and headers with it.
    private const char Between = '\0';

    private static readonly byte[] UndeclaredEvent = "(other)"u8.ToArray();

    private readonly Dictionary<string, StringValues> _query = QueryHelpers.ParseQuery(Query);

    /// <summary>The parameters that are declared (P1): site, path, referrer, event, and a title, which is not read. What others say is not kept.</summary>
    public static IReadOnlySet<string> Parameters { get; } = new HashSet<string>(["s", "p", "r", "e", "t"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The site that it names; null where it names none that could be defined.</summary>
    public string? Site => Text("s") is { Length: > 0 and <= LongestSiteName } name ? name : null;

    public static PixelRequest Of(HttpContext http) =>
        new(http.Request.QueryString.Value ?? "", AddressOf(http.Connection.RemoteIpAddress), http.Request.Headers.UserAgent.ToString());

    /// <summary>What <see cref="ToBytes"/> made; the query alone is from before the others were kept.</summary>
    public static PixelRequest Read(ReadOnlySpan<byte> bytes)
    {
        var parts = Encoding.UTF8.GetString(bytes).Split(Between);
        return parts is [var query, var address, var agent] ? new PixelRequest(query, address, agent) : new PixelRequest(parts[0], "", "");
    }

    /// <summary>All of it, to be sealed for a replay.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes($"{Query}{Between}{Address}{Between}{Agent}");

    /// <summary>The event, minimised, or why there is none; then only address and agent, which route it, are filled.</summary>
    /// <param name="site">The site that is named; null where it is not defined.</param>
    public LiveEvent EventOf(SiteStamp? site)
    {
        var address = Encoding.ASCII.GetBytes(Address);
        var agent = Minimised(Agent, MinimiseText.Agent, out var removedFromAgent);
        var path = Text("p");
        if (site is null || path.Length == 0)
            return new LiveEvent(site, EventFlags.Pixel, site is null ? Reason.UnknownSite : Reason.MissingField, address, agent, [], [], [], []);
        var minimisedPath = Minimised(path, MinimisePath.Target, out var removedFromPath);
        var referrer = Minimised(Text("r"), MinimiseReferrer.Apply, out var removedFromReferrer);
        var removed = removedFromAgent | removedFromPath | removedFromReferrer | (_query.Keys.All(Parameters.Contains) ? Removed.Nothing : Removed.Query);
        return new LiveEvent(site, EventFlags.Pixel | DoorColumn.FlagsOf(removed), Reason.None, address, agent, minimisedPath, referrer, EventName(site), [])
        {
            Campaign = Minimised(path, (ReadOnlySpan<byte> target, Span<byte> destination, ref Removed _) => CampaignParameter.Read(target, site.Campaigns, destination), out _),
        };
    }

    // A name that the site has not declared could be anything: the event counts, its name is not kept.
    private byte[] EventName(SiteStamp site) => Text("e") switch
    {
        "" => [],
        var name when site.Events.Contains(name) => Encoding.ASCII.GetBytes(name),
        _ => UndeclaredEvent,
    };

    private string Text(string name) => _query.TryGetValue(name, out var value) ? value.ToString() : "";

    private static byte[] Minimised(string text, DoorRule rule, out Removed removed)
    {
        removed = Removed.Nothing;
        Span<byte> destination = stackalloc byte[MinimiseText.Room];
        return destination[..rule(Encoding.UTF8.GetBytes(text), destination, ref removed)].ToArray();
    }

    private static string AddressOf(IPAddress? address) => address switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        _ => address.ToString(),
    };
}
