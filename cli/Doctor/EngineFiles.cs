using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Cli.Doctor;

/// <summary>The engines' files that npm installs.</summary>
internal static class EngineFiles
{
    public static IEnumerable<Finding> Examine()
    {
        yield return One("postgres", "PostgreSQL", "@embedded-postgres", "native/bin/postgres");
        yield return One("clickhouse", "the ClickHouse engine", "@chdb", "libchdb.so");
    }

    private static Finding One(string about, string what, string scope, string file)
    {
        var folder = Path.Combine(RepositoryRoot.Path, "node_modules", scope);
        var found = Directory.Exists(folder)
            ? Directory.GetDirectories(folder).Select(package => Path.Combine(package, file)).FirstOrDefault(File.Exists)
            : null;
        return found is null
            ? Finding.Wrong(about, $"{what} is not installed in node_modules", "./kp up installs it; on another platform than Linux on x64 or arm64 name a server with KP_POSTGRES or KP_CLICKHOUSE")
            : Finding.Good(about, $"{what} is installed: {Path.GetRelativePath(RepositoryRoot.Path, found)}");
    }
}
