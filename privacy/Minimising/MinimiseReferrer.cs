using System.Text;

namespace KpTelemetry.Privacy.Minimising;

/// <summary>Reduces a referrer to scheme, host and path; one that is no web address, or <c>-</c>, yields nothing.</summary>
public static class MinimiseReferrer
{
    private const int LongestHost = 255;

    /// <summary>Writes <c>scheme://host[:port]/path</c>, scheme and host in lower case, identifiers masked.</summary>
    /// <returns>The length written to <paramref name="destination"/>, which has <see cref="MinimiseText.Room"/> bytes.</returns>
    public static int Apply(ReadOnlySpan<byte> referrer, Span<byte> destination, ref Removed removed)
    {
        if (referrer.IsEmpty || referrer.SequenceEqual("-"u8))
            return 0;
        var scheme = Scheme(referrer);
        if (scheme.IsEmpty)
        {
            removed |= Removed.Query;
            return 0;
        }

        var rest = referrer[(scheme.Length + 3)..];
        var authorityLength = MinimisePath.AuthorityLength(rest);
        var host = WithoutUserinfo(rest[..authorityLength], ref removed);
        if (!IsHost(host))
        {
            removed |= Removed.Query;
            return 0;
        }

        Ascii.ToLower(scheme, destination, out var written);
        "://"u8.CopyTo(destination[written..]);
        written += 3;
        Span<byte> name = stackalloc byte[LongestHost];
        Ascii.ToLower(host, name, out var hostLength);
        written += MaskIdentifiers.Apply(name[..hostLength], destination[written..], ref removed);
        Span<byte> path = stackalloc byte[MinimiseText.Room];
        var length = MinimisePath.Path(rest[authorityLength..], path, ref removed);
        path[..length].CopyTo(destination[written..]);
        return written + length;
    }

    private static ReadOnlySpan<byte> Scheme(ReadOnlySpan<byte> referrer)
    {
        foreach (var length in (ReadOnlySpan<int>)[5, 4, 11])
        {
            if (referrer.Length > length + 3 && referrer.Slice(length, 3).SequenceEqual("://"u8) && IsScheme(referrer[..length]))
                return referrer[..length];
        }

        return default;
    }

    private static bool IsScheme(ReadOnlySpan<byte> scheme) =>
        Ascii.EqualsIgnoreCase(scheme, "https"u8) || Ascii.EqualsIgnoreCase(scheme, "http"u8) || Ascii.EqualsIgnoreCase(scheme, "android-app"u8);

    private static ReadOnlySpan<byte> WithoutUserinfo(ReadOnlySpan<byte> authority, ref Removed removed)
    {
        var at = authority.LastIndexOf((byte)'@');
        if (at < 0)
            return authority;
        removed |= Removed.Query;
        return authority[(at + 1)..];
    }

    private static bool IsHost(ReadOnlySpan<byte> host)
    {
        foreach (var b in host)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'.' or (byte)'-' or (byte)'_' or (byte)':' or (byte)'[' or (byte)']'))
                return false;
        }

        return host.Length is > 0 and <= LongestHost;
    }
}
