using System.Net;
using System.Text;
using KpTelemetry.Local.Simulator.Traffic;

namespace KpTelemetry.Local.Simulator.Live;

/// <summary>Sends page views to ingest's pixel, as the page in a visitor's browser would.</summary>
internal sealed class PixelClient(HttpClient http, Uri ingest, TimeProvider time)
{
    private static readonly TimeSpan StandardPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(30);

    /// <summary>Sends one hit.</summary>
    /// <returns>Null once ingest has taken it; how long to wait before trying again; zero: it cannot be taken.</returns>
    public async Task<TimeSpan?> SendAsync(PixelHit hit, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(ingest, hit.Query));
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", hit.Address);
        request.Headers.TryAddWithoutValidation("User-Agent", hit.Agent);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (response.IsSuccessStatusCode)
                return null;
            return response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable ? Patience(response) : TimeSpan.Zero;
        }
        catch (HttpRequestException)
        {
            // Ingest is being started again; a browser would lose the hit, the fleet waits as if told to.
            return StandardPatience;
        }
    }

    private TimeSpan Patience(HttpResponseMessage response)
    {
        var asked = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => StandardPatience,
        };
        return asked < StandardPatience ? StandardPatience : asked > MostPatience ? MostPatience : asked;
    }
}

/// <summary>A page view as the pixel's request carries it.</summary>
internal readonly record struct PixelHit(string Query, string Address, string Agent)
{
    public static PixelHit From(string site, Hit hit)
    {
        var query = new StringBuilder("/b.gif?s=").Append(Uri.EscapeDataString(site)).Append("&p=").Append(Escape(hit.Path));
        if (!hit.Referrer.IsEmpty)
            query.Append("&r=").Append(Escape(hit.Referrer));
        var visit = hit.Visit;
        return new PixelHit(query.ToString(), Encoding.ASCII.GetString(visit.Address.AsSpan(0, visit.AddressLength)), Encoding.ASCII.GetString(visit.Agent));
    }

    private static string Escape(ReadOnlySpan<byte> text) => Uri.EscapeDataString(Encoding.ASCII.GetString(text));
}
