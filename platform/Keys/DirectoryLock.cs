using System.Runtime.InteropServices;

namespace KpTelemetry.Platform.Keys;

/// <summary>Holds a directory for its owner alone, among all processes and threads; the kernel lets it go when its holder dies.</summary>
public sealed partial class DirectoryLock : IDisposable
{
    private const int Exclusive = 2;
    private const int Interrupted = 4;
    private readonly int _descriptor;

    private DirectoryLock(int descriptor) => _descriptor = descriptor;

    /// <summary>Waits for the lock. Throws <see cref="IOException"/> where the directory cannot be opened.</summary>
    public static DirectoryLock Take(string directory)
    {
        var descriptor = DurableFile.OpenDirectory(directory);
        while (Flock(descriptor, Exclusive) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == Interrupted)
                continue;
            DurableFile.CloseDirectory(descriptor);
            throw new IOException($"cannot lock a directory (errno {error})");
        }

        return new DirectoryLock(descriptor);
    }

    public void Dispose() => DurableFile.CloseDirectory(_descriptor);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(int descriptor, int operation);
}
