namespace KpTelemetry.Tests.Engines;

/// <summary>Where things lie in the clone that the tests were built in.</summary>
public static class Repository
{
    /// <summary>The folder of <c>KpTelemetry.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file of the shared data beside the clone (<c>../shared/data</c>), or null where that is absent.</summary>
    public static string? SharedData(string name)
    {
        var path = Path.Combine(Root, "..", "shared", "data", name);
        return File.Exists(path) ? path : null;
    }

    /// <summary>A file below <c>node_modules</c>; throws with what to do where it is not installed.</summary>
    public static string NodeModule(string path)
    {
        var full = Path.Combine(Root, "node_modules", path);
        return File.Exists(full) ? full : throw new FileNotFoundException($"node_modules/{path} is missing: run npm ci at the root of the clone");
    }

    /// <summary>The built program of a project, such as <c>KpTelemetry.Local.Broker</c>.</summary>
    public static string Program(string project) => Path.Combine(Root, "artifacts", "bin", project, "release", project + ".dll");

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "KpTelemetry.sln")))
                return directory.FullName;
        }

        throw new InvalidOperationException("the tests run outside a clone of the repository");
    }
}
