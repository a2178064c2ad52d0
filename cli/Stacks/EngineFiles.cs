namespace KpTelemetry.Cli.Stacks;

/// <summary>The embedded engines' files, in the npm packages for this platform.</summary>
public static class EngineFiles
{
    /// <summary>PostgreSQL's server program; null where it is not installed.</summary>
    public static string? Postgres => Find("@embedded-postgres", "native/bin/postgres");

    /// <summary>The ClickHouse engine as a library; null where it is not installed.</summary>
    public static string? ClickHouse => Find("@chdb", "libchdb.so");

    // The scope holds one package per platform, of which npm installs the one that fits.
    private static string? Find(string scope, string file)
    {
        var folder = Path.Combine(RepositoryRoot.Path, "node_modules", scope);
        return Directory.Exists(folder)
            ? Directory.GetDirectories(folder).Select(package => Path.Combine(package, file)).FirstOrDefault(File.Exists)
            : null;
    }
}
