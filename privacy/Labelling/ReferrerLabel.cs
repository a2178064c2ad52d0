using System.Net;
using System.Text;
using KpTelemetry.Privacy.Minimising;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>The label of a referrer: the host it names and nothing else of it; its route where it is one of the site's own pages.</summary>
public static class ReferrerLabel
{
    private const int LongestHost = 100;

    private const int MostSubdomains = 3;
    private const int LongestNumericName = 4;

    // Below which names are registered, beside country codes: example.co.uk.
    private static readonly HashSet<string> Registries = new(StringComparer.Ordinal) { "co", "com", "org", "net", "ac", "gov", "edu", "ne", "or", "go", "nhs" };

    /// <summary>
    /// <see cref="Labels.Direct"/> without a referrer, the route for one of the site's own hosts (it begins with a slash, as no host does), the
    /// host in lower case for others with <see cref="PageLabel.Value"/> for subdomains that hold a value,
    /// <see cref="PageLabel.Value"/> for an address and for a name that is a value itself, <see cref="Labels.Unknown"/>
    /// for what names no host.
    /// </summary>
    public static string Of(ReadOnlySpan<byte> referrer, IReadOnlyCollection<string> ownHosts, DeclaredRoutes? declared = null)
    {
        if (referrer.IsEmpty || referrer.SequenceEqual("-"u8))
            return Labels.Direct;
        var host = HostIn(Encoding.UTF8.GetString(referrer));
        if (host is null)
            return Labels.Unknown;
        if (ownHosts.Contains(host))
            return PageLabel.Of(referrer, declared);
        return IPAddress.TryParse(host, out _) ? PageLabel.Value : WithoutValues(host);
    }

    private static string WithoutValues(string host)
    {
        var parts = host.Split('.');
        var registered = parts.Length - Math.Min(parts.Length, parts.Length > 2 && parts[^1].Length == 2 && Registries.Contains(parts[^2]) ? 3 : 2);
        if (parts[registered..].Any(part => part.Length == 0 || (IsValue(part) && !IsNumericName(part, parts[..registered]))) || char.IsAsciiDigit(parts[^1][0]))
            return PageLabel.Value;
        // A number may be spread over subdomains as over the segments of a path.
        return registered > MostSubdomains || parts[..registered].Any(IsValue) || PageLabel.HasValue(string.Join('/', parts[..registered]))
            ? $"{PageLabel.Value}.{string.Join('.', parts[registered..])}"
            : host;
    }

    private static bool IsValue(string part) => part.Length == 0 || HostText.Decode(part) is not { } text || ValueSegments.LooksLikeValue(text);

    // 163.com and 1688.com are companies; 078.05.1120.com and mrn.1234.com are a person's number.
    private static bool IsNumericName(string part, ReadOnlySpan<string> subdomains)
    {
        foreach (var subdomain in subdomains)
        {
            if (subdomain.Any(char.IsAsciiDigit) || ValuePaths.SpeaksOfPerson(subdomain))
                return false;
        }

        return part.Length <= LongestNumericName && part.All(char.IsAsciiDigit);
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

    // With brackets where the door has masked something.
    private static bool IsHost(string host) =>
        host.Length is > 0 and <= LongestHost && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '(' or ')') && (char.IsAsciiLetterOrDigit(host[0]) || MaskIdentifiers.WasApplied(host));
}
