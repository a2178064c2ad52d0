using System.Collections.Frozen;
using System.Text;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>Which requests of humans are page views, as docs/METRICS and the contract define them.</summary>
public static class PageViews
{
    private static readonly FrozenSet<string> NoPages = new[]
    {
        "css", "js", "mjs", "map", "json", "xml", "rss", "atom", "txt", "ico", "png", "jpg", "jpeg", "gif", "svg", "webp", "avif",
        "woff", "woff2", "ttf", "eot", "mp3", "mp4", "webm", "zip", "gz", "pdf",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> Feeds = new[] { "feed", "feeds", "rss", "atom" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a status is one that a page view has: 2xx or 304.</summary>
    public static bool IsPageStatus(uint status) => status is (>= 200 and < 300) or 304;

    /// <summary>Whether the path names a page: its last segment is no asset or machine file, no <c>favicon.*</c> and no feed.</summary>
    public static bool IsPage(ReadOnlySpan<byte> path)
    {
        var segment = Encoding.UTF8.GetString(LastSegment(path));
        if (segment.StartsWith("favicon.", StringComparison.OrdinalIgnoreCase) || Feeds.Contains(segment))
            return false;
        var dot = segment.LastIndexOf('.');
        return dot < 0 || path.EndsWith((byte)'/') || !NoPages.Contains(segment[(dot + 1)..]);
    }

    // A directory (trailing slash) is named by the segment before the slash: /feed/ is as much a feed as /feed.
    private static ReadOnlySpan<byte> LastSegment(ReadOnlySpan<byte> path)
    {
        path = path.TrimEnd((byte)'/');
        return path[(path.LastIndexOf((byte)'/') + 1)..];
    }
}
