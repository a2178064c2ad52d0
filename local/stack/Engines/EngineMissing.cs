using KpTelemetry.Cli.CommandLines;

namespace KpTelemetry.Local.Stack.Engines;

/// <summary>What is said where an engine has no package for this platform.</summary>
internal static class EngineMissing
{
    public static KpFailure Of(string engine, string setting) => new(
        $"{engine} is not installed in node_modules for this platform",
        $"run ./kp, which installs it on Linux; elsewhere name a server with {setting}");
}
