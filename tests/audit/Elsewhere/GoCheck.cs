using System.Diagnostics;
using KpTelemetry.Tests.Engines;

namespace KpTelemetry.Audit.Tests.Elsewhere;

/// <summary>Debian's Go with golang.org/x/mod (packages golang-go and golang-golang-x-mod-dev), offline.</summary>
internal static class GoCheck
{
    private const string Modules = "/usr/share/gocode";

    public static bool IsInstalled { get; } =
        Directory.Exists(Path.Combine(Modules, "src/golang.org/x/mod/sumdb/tlog")) && File.Exists("/usr/bin/go");

    /// <summary>Its answers, in the order of the statements.</summary>
    public static async Task<string[]> AnswersAsync(IEnumerable<Statement> statements)
    {
        var cache = Directory.CreateTempSubdirectory("audit-tests-go-");
        try
        {
            using var process = Start(cache.FullName);
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            foreach (var statement in statements)
                await process.StandardInput.WriteAsync(statement.ToJson() + "\n");
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, await error);
            return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            cache.Delete(recursive: true);
        }
    }

    private static Process Start(string cache) => Process.Start(new ProcessStartInfo("/usr/bin/go", ["run", Path.Combine(Repository.Root, "tests/audit/Elsewhere/check.go")])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        UseShellExecute = false,
        Environment = { ["GO111MODULE"] = "off", ["GOPATH"] = Modules, ["GOCACHE"] = cache, ["GOFLAGS"] = "", ["GOPROXY"] = "off" },
    })!;
}
