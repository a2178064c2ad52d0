using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Cli.Doctor;

/// <summary>Whether the engines' files are installed.</summary>
internal static class Engines
{
    public static IEnumerable<Finding> Examine()
    {
        yield return One("postgres", "PostgreSQL", EngineFiles.Postgres, "KP_POSTGRES");
        yield return One("clickhouse", "the ClickHouse engine", EngineFiles.ClickHouse, "KP_CLICKHOUSE");
    }

    private static Finding One(string about, string what, string? found, string replacement) => found is null
        ? Finding.Wrong(about, $"{what} is not installed in node_modules for this platform", $"./kp up installs it on Linux; elsewhere name a server with {replacement}")
        : Finding.Good(about, $"{what} is installed: {Path.GetRelativePath(RepositoryRoot.Path, found)}");
}
