using System.Diagnostics;
using KpTelemetry.Platform.Keys;
using Microsoft.Extensions.Time.Testing;

namespace KpTelemetry.Keys.Tests.Store;

/// <summary>A key store's directory of one's own, and copies of it.</summary>
internal sealed class StoreDirectory : IDisposable
{
    private readonly DirectoryInfo _all = Directory.CreateTempSubdirectory("kp-keys-");
    private int _copies;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>Where the store lies.</summary>
    public string Path => System.IO.Path.Combine(_all.FullName, "keys");

    /// <summary>Opens the store as a process does.</summary>
    public KeyStore Open(Action? beforeEach = null) => KeyStore.Open(Path, Time, beforeEach);

    /// <summary>A copy of a directory as it is now.</summary>
    public string Copy(string? part = null)
    {
        var copy = System.IO.Path.Combine(_all.FullName, $"copy{++_copies}");
        using var cp = Process.Start("cp", ["-a", part is null ? Path : System.IO.Path.Combine(Path, part), copy]);
        cp.WaitForExit();
        Assert.Equal(0, cp.ExitCode);
        return copy;
    }

    public void Dispose() => _all.Delete(recursive: true);
}
