using System.Text;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>The label of a page: its route, which is its path with <c>{…}</c> in place of every segment that looks like a value.</summary>
public static class PageLabel
{
    /// <summary>What stands for a value.</summary>
    public const string Value = "{…}";

    /// <summary>The longest label, in UTF-16 units; what is beyond stands as one <see cref="Value"/>.</summary>
    public const int MaxLength = 200;

    private const int MaxSegments = 8;

    // What a label's last segment begins goes on in no more than these; a path of a thousand segments costs what one of sixteen does.
    private const int MostRead = 16;

    /// <summary>
    /// The route of a minimised path in UTF-8, which may be anything a client sent. Always begins with a slash; a slash
    /// at the end stays, repeated ones and <c>.</c> and <c>..</c> go, and so does what an escape had hidden of a query,
    /// a fragment or path parameters.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="declared">The site's own routes, which go before the rules.</param>
    public static string Of(ReadOnlySpan<byte> path, DeclaredRoutes? declared = null)
    {
        var text = WithoutHiddenParts(FoldedText.Of(PathText.Decode(path)));
        var segments = Segments(text);
        if (declared?.Find(segments) is { } route)
            return route;
        segments.RemoveRange(Math.Min(segments.Count, MostRead), Math.Max(0, segments.Count - MostRead));
        ValuePaths.Replace(segments);
        var label = new StringBuilder(Math.Min(text.Length + 1, MaxLength));
        foreach (var segment in segments.Take(MaxSegments))
        {
            if (label.Length + segment.Length + 1 > MaxLength - Value.Length - 1)
                return label.Append('/').Append(Value).ToString();
            label.Append('/').Append(segment);
        }

        if (segments.Count > MaxSegments)
            return label.Append('/').Append(Value).ToString();
        return segments.Count == 0 || text.EndsWith('/') ? label.Append('/').ToString() : label.ToString();
    }

    /// <summary>Whether a name that is told elsewhere than in a path (a site's, a host's, a product's) holds what would be a value in one.</summary>
    public static bool HasValue(string name) => $"/{name}" is var path && Of(Encoding.UTF8.GetBytes(path)) != path;

    private static ReadOnlySpan<char> WithoutHiddenParts(ReadOnlySpan<char> text)
    {
        var authority = text.IndexOf("://", StringComparison.Ordinal);
        if (authority >= 0 && !text[..authority].Contains('/'))
        {
            var rest = text[(authority + 3)..];
            var slash = rest.IndexOf('/');
            text = slash < 0 ? [] : rest[slash..];
        }

        var end = text.IndexOfAny('?', '#');
        return end < 0 ? text : text[..end];
    }

    private static List<string> Segments(ReadOnlySpan<char> text)
    {
        var segments = new List<string>();
        foreach (var range in text.SplitAny('/', '\\'))
        {
            var segment = text[range];
            var parameters = segment.IndexOf(';');
            segment = parameters < 0 ? segment : segment[..parameters];
            if (segment is "..")
                segments.RemoveRange(Math.Max(0, segments.Count - 1), Math.Min(1, segments.Count));
            else if (segment is not ("" or "."))
                segments.Add(segment.ToString());
        }

        return segments;
    }
}
