namespace KpTelemetry.Privacy.Labelling;

/// <summary>The routes that a site declares. Where one fits a path it is the page's label, whatever the path's values look like.</summary>
public sealed class DeclaredRoutes
{
    private readonly Dictionary<int, List<(string?[] Segments, string Label)>> _bySegments = [];

    private DeclaredRoutes(IEnumerable<string> patterns)
    {
        foreach (var pattern in patterns)
        {
            var segments = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(segment => segment[0] == '{' ? null : segment).ToArray();
            if (!_bySegments.TryGetValue(segments.Length, out var sameLength))
                _bySegments.Add(segments.Length, sameLength = []);
            sameLength.Add((segments, "/" + string.Join('/', segments.Select(segment => segment ?? PageLabel.Value))));
        }
    }

    /// <summary>Reads patterns such as <c>/doctors/{id}/reviews</c>; null where there are none.</summary>
    public static DeclaredRoutes? Of(IReadOnlyCollection<string> patterns) => patterns.Count == 0 ? null : new DeclaredRoutes(patterns);

    /// <summary>The label of the first route that fits, or null.</summary>
    internal string? Find(List<string> segments) =>
        _bySegments.TryGetValue(segments.Count, out var routes) ? routes.Find(route => Fits(route.Segments, segments)).Label : null;

    private static bool Fits(string?[] route, List<string> segments)
    {
        for (var i = 0; i < route.Length; i++)
        {
            if (route[i] is { } name && !string.Equals(name, segments[i], StringComparison.Ordinal))
                return false;
        }

        return true;
    }
}
