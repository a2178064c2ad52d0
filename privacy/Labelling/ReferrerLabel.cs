using System.Net;
using System.Text;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>The label of a referrer: the host it names and nothing else of it.</summary>
public static class ReferrerLabel
{
    private const int LongestHost = 100;

    /// <summary>
    /// <see cref="Labels.Direct"/> without a referrer, <see cref="Labels.Internal"/> for one of the site's own hosts, the
    /// host in lower case for others, <see cref="PageLabel.Value"/> for an address, <see cref="Labels.Unknown"/> for what
    /// names no host.
    /// </summary>
    public static string Of(ReadOnlySpan<byte> referrer, IReadOnlyCollection<string> ownHosts)
    {
        if (referrer.IsEmpty || referrer.SequenceEqual("-"u8))
            return Labels.Direct;
        var host = HostIn(Encoding.UTF8.GetString(referrer));
        if (host is null)
            return Labels.Unknown;
        if (ownHosts.Contains(host))
            return Labels.Internal;
        return IPAddress.TryParse(host, out _) ? PageLabel.Value : host;
    }

    private static string? HostIn(string referrer)
    {
        var scheme = referrer.IndexOf("://", StringComparison.Ordinal);
        var authority = (scheme < 0 ? referrer : referrer[(scheme + 3)..]).Split('/', '?', '#', '\\')[0];
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        if (authority.StartsWith('['))
            return authority.IndexOf(']') is > 0 and var close ? authority[1..close] : null;
        var host = authority.Split(':')[0].TrimEnd('.').ToLowerInvariant();
        return IsHost(host) ? host : null;
    }

    private static bool IsHost(string host) =>
        host.Length is > 0 and <= LongestHost && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && char.IsAsciiLetterOrDigit(host[0]);
}
