using System.Globalization;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Local.Stack.Supervision;

namespace KpTelemetry.Local.Stack.Composition;

/// <summary>How a program of the solution is started on a small machine.</summary>
internal static class DotNetProgram
{
    /// <param name="project">The project's name, which is its program's.</param>
    /// <param name="heapMegabytes">What its managed heap may grow to; beyond it the process ends and is started again, instead of taking the machine along.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="settings">Its settings, as environment variables.</param>
    public static Launch Of(string project, int heapMegabytes, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? settings = null) =>
        new(Environment.ProcessPath!, [Path.Combine(RepositoryRoot.Path, "artifacts", "bin", project, "release", project + ".dll"), .. arguments])
        {
            Environment = new Dictionary<string, string>(settings ?? new Dictionary<string, string>(StringComparer.Ordinal), StringComparer.Ordinal)
            {
                ["DOTNET_GCHeapHardLimit"] = ((long)heapMegabytes << 20).ToString("X", CultureInfo.InvariantCulture),
                ["DOTNET_GCConserveMemory"] = "5",
                ["DOTNET_gcServer"] = "0",
                ["DOTNET_gcConcurrent"] = "0",
                ["DOTNET_TieredPGO"] = "0",
                ["DOTNET_NOLOGO"] = "1",
            },
        };
}
