using System.Text;
using KpTelemetry.Local.Simulator.Logs;
using KpTelemetry.Local.Simulator.Traffic;

namespace KpTelemetry.Local.Simulator.Live;

/// <summary>
/// A page view on its way to ingest. As a line of the web server's log it makes a visitor; as the pixel, which carries
/// no cookie, it adds to requests and page views alone.
/// </summary>
internal abstract record LiveHit
{
    /// <summary>The request that carries it, made anew for each attempt.</summary>
    public abstract HttpRequestMessage ToRequest(Uri ingest);

    /// <summary>The hit as a line of the site's log, just written.</summary>
    public static LiveHit Logged(string site, Hit hit, CombinedLine lines)
    {
        Span<byte> line = stackalloc byte[CombinedLine.Longest];
        return new LoggedHit($"/v1/logs?site={Uri.EscapeDataString(site)}&format=combined", line[..lines.Write(hit, line)].ToArray());
    }

    /// <summary>The hit as the pixel of a page, asked for by the visitor's browser.</summary>
    public static LiveHit Pixel(string site, Hit hit)
    {
        var query = new StringBuilder("/b.gif?s=").Append(Uri.EscapeDataString(site)).Append("&p=").Append(Escape(hit.Path));
        if (!hit.Referrer.IsEmpty)
            query.Append("&r=").Append(Escape(hit.Referrer));
        var visit = hit.Visit;
        return new PixelHit(query.ToString(), Encoding.ASCII.GetString(visit.Address.AsSpan(0, visit.AddressLength)), Encoding.ASCII.GetString(visit.Agent));
    }

    private static string Escape(ReadOnlySpan<byte> text) => Uri.EscapeDataString(Encoding.ASCII.GetString(text));

    private sealed record LoggedHit(string Address, byte[] Line) : LiveHit
    {
        public override HttpRequestMessage ToRequest(Uri ingest) =>
            new(HttpMethod.Post, new Uri(ingest, Address)) { Content = new ByteArrayContent(Line) };
    }

    private sealed record PixelHit(string Query, string Address, string Agent) : LiveHit
    {
        public override HttpRequestMessage ToRequest(Uri ingest)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, new Uri(ingest, Query));
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", Address);
            request.Headers.TryAddWithoutValidation("User-Agent", Agent);
            return request;
        }
    }
}
