using KpTelemetry.Tests.Engines;

namespace KpTelemetry.Pipeline.Tests.Labelling;

/// <summary>The lists of paths beside these tests.</summary>
internal static class RouteLists
{
    /// <summary>Routes that ordinary sites have.</summary>
    public static IReadOnlyList<string> Ordinary { get; } = [.. Lines("ordinary-routes.txt")];

    /// <summary>Paths with values in them, and the route that each must have.</summary>
    public static IReadOnlyList<(string Path, string Route)> Values { get; } =
        [.. Lines("values-in-paths.txt").Select(line => line.Split('\t')).Select(columns => (columns[0], columns[1]))];

    private static IEnumerable<string> Lines(string file) =>
        File.ReadLines(Path.Combine(Repository.Root, "tests", "pipeline", "Labelling", file)).Where(line => line.Length > 0 && line[0] != '#');
}
