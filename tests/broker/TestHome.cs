namespace KpTelemetry.Broker.Tests;

/// <summary>A directory of a test's own, gone with the test.</summary>
internal sealed class TestHome : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("kp-broker-test-").FullName;

    public static implicit operator string(TestHome home) => home.Path;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
