using System.Globalization;
using KpTelemetry.Cli.CommandLines;

namespace KpTelemetry.Cli.Stacks;

/// <summary>Where a stack keeps its data and which ports it has, as the environment says.</summary>
/// <param name="Directory">KP_HOME, absolute; the clone's <c>.kp</c> where it is not set.</param>
/// <param name="PortBase">KP_PORT_BASE; 8600 where it is not set.</param>
public sealed record StackHome(string Directory, int PortBase)
{
    /// <summary>The port base where none is set.</summary>
    public const int DefaultPortBase = 8600;

    /// <summary>How many ports a stack takes, from its base upward.</summary>
    public const int PortCount = 8;

    /// <summary>The file in which a running stack says what runs where.</summary>
    public string RunFile => Folder("stack.json");

    /// <summary>The file that the owner of the home keeps locked.</summary>
    public string LockFile => Folder("stack.lock");

    /// <summary>The folder of the services' logs.</summary>
    public string Logs => Folder("logs");

    /// <summary>One of the home's folders, absolute.</summary>
    public string Folder(string name) => Path.Combine(Directory, name);

    /// <summary>Reads KP_HOME and KP_PORT_BASE.</summary>
    /// <exception cref="KpFailure">KP_PORT_BASE is no port number that leaves room for the stack's ports.</exception>
    public static StackHome FromEnvironment()
    {
        var home = Environment.GetEnvironmentVariable("KP_HOME");
        return new StackHome(
            string.IsNullOrEmpty(home) ? Path.Combine(RepositoryRoot.Path, ".kp") : Path.GetFullPath(home),
            ParsePortBase(Environment.GetEnvironmentVariable("KP_PORT_BASE")));
    }

    private static int ParsePortBase(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return DefaultPortBase;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1024 and <= 65535 - PortCount
            ? port
            : throw new KpFailure("KP_PORT_BASE is not a port number from 1024 to 65527", "unset it to use 8600, or set it to the first of eight free ports");
    }
}
