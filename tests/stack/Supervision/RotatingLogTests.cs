using System.Text;
using KpTelemetry.Local.Stack.Supervision;

namespace KpTelemetry.Stack.Tests.Supervision;

public sealed class RotatingLogTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kp-log-").FullName;

    private string Path => System.IO.Path.Combine(folder, "one.log");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Pump_MoreThanFits_KeepsTheNewestWithinTheBound()
    {
        const int Largest = 50_000;
        using (var log = new RotatingLog(Path, Largest))
        {
            await log.PumpAsync(new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 100_000).Select(n => $"{n}\n")))));
        }

        var files = Directory.GetFiles(folder);
        Assert.Equal(3, files.Length);
        Assert.All(files, file => Assert.InRange(new FileInfo(file).Length, 1, Largest));
        Assert.EndsWith("99999\n", await File.ReadAllTextAsync(Path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LastReason_Exception_IsItsFirstLine()
    {
        using var log = new RotatingLog(Path);
        await WriteAsync(log, "listening\nUnhandled exception. System.IO.IOException: no room\n   at A.B()\n   at C.D()\n");

        Assert.Equal("Unhandled exception. System.IO.IOException: no room", log.LastReason());
    }

    [Fact]
    public async Task LastReason_ReasonAndHint_IsTheReason()
    {
        using var log = new RotatingLog(Path);
        await WriteAsync(log, "a port of this service is taken\nhint: choose another\n");

        Assert.Equal("a port of this service is taken", log.LastReason());
    }

    [Fact]
    public async Task LastReason_AfterANewStart_ForgetsTheOldOne()
    {
        using var log = new RotatingLog(Path);
        await WriteAsync(log, "it broke\n");
        log.Note("starting one", DateTimeOffset.UnixEpoch);

        Assert.Null(log.LastReason());
    }

    private static Task WriteAsync(RotatingLog log, string text) => log.PumpAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)));
}
