using System.Net;

namespace KpTelemetry.Local.Simulator.Live;

/// <summary>Sends page views to ingest: as the page in a visitor's browser or as the web server's log would.</summary>
internal sealed class HitClient(HttpClient http, Uri ingest, TimeProvider time)
{
    private static readonly TimeSpan StandardPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(30);

    /// <summary>Sends one hit.</summary>
    /// <returns>Null once ingest has taken it; how long to wait before trying again; zero: it cannot be taken.</returns>
    public async Task<TimeSpan?> SendAsync(LiveHit hit, CancellationToken cancellation)
    {
        using var request = hit.ToRequest(ingest);
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
