using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Local.Stack.Homes;

/// <summary>A home that lasts as long as its stack.</summary>
internal static class EphemeralHome
{
    private const string Prefix = "kp-ephemeral-";

    /// <summary>Makes a fresh home in the temporary directory, with free ports.</summary>
    public static StackHome Create()
    {
        RemoveAbandoned();
        return new StackHome(Directory.CreateTempSubdirectory(Prefix).FullName, StackPorts.FindBase());
    }

    /// <summary>Removes the home.</summary>
    public static void Remove(StackHome home) => Directory.Delete(home.Directory, recursive: true);

    /// <summary>A supervisor that was killed could not remove its home: the next one does, where the lock is free again.</summary>
    private static void RemoveAbandoned()
    {
        foreach (var folder in Directory.GetDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            try
            {
                using (new FileStream(Path.Combine(folder, "stack.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // In use, another user's, or without a lock as yet: not ours to remove.
            }
        }
    }
}
