using System.Xml.Linq;

namespace KpTelemetry.Architecture.Tests;

/// <summary>The repository as it lies on disk: its projects, what they reference and their sources.</summary>
internal static class Repository
{
    /// <summary>The directory that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every project file, generated ones left out.</summary>
    public static IReadOnlyList<Project> Projects { get; } = [.. Files("*.csproj").Select(Project.Read).OrderBy(p => p.Path, StringComparer.Ordinal)];

    /// <summary>The project at a path relative to the root.</summary>
    public static Project At(string path) => Projects.Single(p => p.Path == path);

    /// <summary>Files below the root that people wrote, relative to it, with forward slashes.</summary>
    public static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateDirectories(Root)
            .Where(d => Path.GetFileName(d) is not ("artifacts" or "node_modules") && !Path.GetFileName(d).StartsWith('.'))
            .SelectMany(d => Directory.EnumerateFiles(d, pattern, SearchOption.AllDirectories))
            .Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/'))
            .Where(f => !f.Contains("/node_modules/", StringComparison.Ordinal));

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "KpTelemetry.sln")))
                return at.FullName;
        }

        throw new DirectoryNotFoundException("no directory above the test holds KpTelemetry.sln");
    }
}

/// <summary>One project file.</summary>
/// <param name="Path">Relative to the root.</param>
/// <param name="References">The projects it references, relative to the root.</param>
/// <param name="Packages">The packages it references.</param>
internal sealed record Project(string Path, IReadOnlyList<string> References, IReadOnlyList<string> Packages)
{
    /// <summary>The part of the system it belongs to: its first folder.</summary>
    public string Part => PartOf(Path);

    /// <summary>The first folder of a path.</summary>
    public static string PartOf(string path) => path[..path.IndexOf('/', StringComparison.Ordinal)];

    public static Project Read(string path)
    {
        var full = System.IO.Path.Combine(Repository.Root, path);
        var xml = XDocument.Load(full);
        var folder = System.IO.Path.GetDirectoryName(full)!;
        return new Project(path, [.. Includes(xml, "ProjectReference").Select(Absolute)], [.. Includes(xml, "PackageReference")]);

        string Absolute(string include) =>
            System.IO.Path.GetRelativePath(Repository.Root, System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, include))).Replace('\\', '/');
    }

    private static IEnumerable<string> Includes(XDocument xml, string element) =>
        xml.Descendants(element).Select(e => e.Attribute("Include")?.Value).OfType<string>();

    public override string ToString() => Path;
}
