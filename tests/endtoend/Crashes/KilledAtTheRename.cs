using System.Diagnostics;
using KpTelemetry.EndToEnd.Tests.Importing;

namespace KpTelemetry.EndToEnd.Tests.Crashes;

/// <summary>
/// The ClickHouse host is killed by the kernel exactly where it renames a part into place: the moment at which a block
/// is neither surely in nor surely out.
/// </summary>
public sealed class KilledAtTheRename
{
    private const int Times = 4;

    [Fact]
    public async Task Every_line_is_counted_exactly_once()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed");
        using var days = await LogOfDays.GenerateAsync(Times, lines: 12_000, seed: 23);
        await using var stack = await CrashingStack.StartAsync();
        foreach (var day in days.Files)
        {
            using var strace = Attach(stack.Stack.ProcessId("clickhouse")!.Value);
            Assert.SkipUnless(await IsAttachedAsync(strace), "strace may not attach here");
            await stack.ImportAsync(day, "kp.org", _ => strace.WaitForExitAsync(CancellationToken.None));
            await stack.UntilReadyAsync();
        }

        Assert.Equal(days.Model.Lines, (await stack.Queries.BooksAsync()).Counted);
        (await Figures.AskAsync(stack.Queries, "kp.org", days.Model)).AssertAre(days.Model);
    }

    private static Process Attach(int id) => Process.Start(new ProcessStartInfo(
        "/usr/bin/strace",
        ["-f", "-e", "trace=rename,renameat,renameat2", "-e", "inject=rename,renameat,renameat2:signal=KILL", "-p", id.ToString(System.Globalization.CultureInfo.InvariantCulture)])
    {
        UseShellExecute = false,
        RedirectStandardError = true,
    })!;

    // It says so on its first line; then its output must be read on, or it would block.
    private static async Task<bool> IsAttachedAsync(Process strace)
    {
        var line = await strace.StandardError.ReadLineAsync(CancellationToken.None);
        _ = strace.StandardError.ReadToEndAsync(CancellationToken.None);
        return line?.Contains("attached", StringComparison.Ordinal) is true;
    }
}
