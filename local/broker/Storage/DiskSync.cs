using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KpTelemetry.Local.Broker.Storage;

/// <summary>
/// Flushes to disk, and says so when the disk refuses: .NET's own calls swallow the answer, and what was lost would be
/// acknowledged.
/// </summary>
internal static partial class DiskSync
{
    private const int ReadOnly = 0;
    private const int Interrupted = 4;

    /// <summary>Makes durable what was written to a file.</summary>
    /// <exception cref="FsyncRefusedException">The disk refused.</exception>
    public static void File(SafeFileHandle file)
    {
        while (Fsync(file) != 0)
        {
            ThrowUnlessInterrupted();
        }
    }

    /// <summary>Makes a directory's entries durable: without it a new or renamed file may be gone after a power cut.</summary>
    /// <exception cref="FsyncRefusedException">The disk refused.</exception>
    /// <exception cref="IOException">The directory cannot be opened.</exception>
    public static void Directory(string path)
    {
        var descriptor = Open(path, ReadOnly);
        if (descriptor < 0)
        {
            throw new IOException($"opening a directory failed (errno {Marshal.GetLastPInvokeError()})");
        }

        try
        {
            while (Fsync(descriptor) != 0)
            {
                ThrowUnlessInterrupted();
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static void ThrowUnlessInterrupted()
    {
        var error = Marshal.GetLastPInvokeError();
        if (error != Interrupted)
        {
            throw new FsyncRefusedException(error);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
