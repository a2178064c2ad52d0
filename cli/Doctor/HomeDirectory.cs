using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Cli.Doctor;

/// <summary>The home directory: whose it is, who reads it, how much room there is.</summary>
internal static class HomeDirectory
{
    private const long LeastFreeBytes = 2L << 30;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static IEnumerable<Finding> Examine(StackHome home, RunFile? file)
    {
        if (!Directory.Exists(home.Directory))
        {
            yield return Finding.Good("home", $"the home {home.Directory} does not exist yet; ./kp up makes it");
            yield break;
        }

        yield return Space(home);
        yield return Mode(home);
        yield return Lock(home, file);
    }

    private static Finding Space(StackHome home)
    {
        var free = new DriveInfo(home.Directory).AvailableFreeSpace;
        return free >= LeastFreeBytes
            ? Finding.Good("space", $"{free >> 30} GB are free for {home.Directory}")
            : Finding.Wrong("space", $"only {free >> 20} MB are free for {home.Directory}", "free 2 GB or more, or move the home with KP_HOME");
    }

    private static Finding Mode(StackHome home) =>
        (File.GetUnixFileMode(home.Directory) & Others) == UnixFileMode.None
            ? Finding.Good("permissions", "nobody but its owner reads the home")
            : Finding.Wrong("permissions", $"others can look into {home.Directory}", $"chmod 700 {home.Directory}");

    private static Finding Lock(StackHome home, RunFile? file)
    {
        if (file is not null)
        {
            return Finding.Good("lock", $"process {file.Supervisor.Pid} runs the stack of this home");
        }

        if (!File.Exists(home.LockFile))
        {
            return Finding.Good("lock", "no stack uses the home");
        }

        try
        {
            using var taken = new FileStream(home.LockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return Finding.Good("lock", "no stack uses the home");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Finding.Wrong("lock", "another process holds the home's lock and has not said that it runs", "it is starting or stopping; look again in a few seconds");
        }
    }
}
