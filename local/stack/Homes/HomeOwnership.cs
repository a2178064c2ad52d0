using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Local.Stack.Homes;

/// <summary>The right to use a home, held by one supervisor at a time; the kernel gives it back when that process ends, however it ends.</summary>
internal sealed class HomeOwnership : IDisposable
{
    private static readonly string[] Folders = ["kafka", "clickhouse", "postgres", "keys", "spool", "logs"];

    private readonly FileStream locked;

    private HomeOwnership(FileStream locked) => this.locked = locked;

    /// <summary>Makes the home where it is missing (mode 0700, as every folder in it) and takes it.</summary>
    /// <exception cref="KpFailure">Another stack uses it, or it cannot be written.</exception>
    public static HomeOwnership Take(StackHome home)
    {
        try
        {
            DurableFile.CreatePrivateDirectory(home.Directory);
            var taken = Lock(home) ?? throw InUse(home);
            foreach (var folder in Folders)
            {
                DurableFile.CreatePrivateDirectory(Path.Combine(home.Directory, folder));
            }

            return new HomeOwnership(taken);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new KpFailure($"cannot write to the home {home.Directory}: {exception.Message}", "name a folder of your own with KP_HOME, or free space on its disk");
        }
    }

    public void Dispose() => locked.Dispose();

    private static FileStream? Lock(StackHome home)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        try
        {
            return new FileStream(home.LockFile, options);
        }
        catch (IOException) when (File.Exists(home.LockFile))
        {
            return null;
        }
    }

    private static KpFailure InUse(StackHome home)
    {
        var holder = RunFile.ReadLive(home) is { } file ? $"process {file.Supervisor.Pid}" : "another process";
        return new KpFailure($"the home {home.Directory} is in use by {holder}", "./kp down stops that stack; KP_HOME and KP_PORT_BASE give a second one a home and ports of its own");
    }
}
