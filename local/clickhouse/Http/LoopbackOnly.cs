using System.Net;
using Microsoft.Extensions.Primitives;

namespace KpTelemetry.Local.ClickHouse.Http;

/// <summary>
/// Keeps web pages out. A page in a browser on this machine can post to a loopback port, or reach it under a name that
/// resolves to loopback; both show in the headers.
/// </summary>
internal static class LoopbackOnly
{
    /// <summary>True where the request names this machine, and does not come from a page of another.</summary>
    public static bool Admits(HttpRequest request) =>
        IsLoopback(request.Host.Host) && (StringValues.IsNullOrEmpty(request.Headers.Origin)
            || Uri.TryCreate(request.Headers.Origin.ToString(), UriKind.Absolute, out var origin) && IsLoopback(origin.Host));

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);
}
