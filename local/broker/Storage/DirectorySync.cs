using System.Runtime.InteropServices;

namespace KpTelemetry.Local.Broker.Storage;

/// <summary>Flushes a directory's entries to disk: without it a new or renamed file may be gone after a power cut.</summary>
internal static partial class DirectorySync
{
    private const int ReadOnly = 0;

    /// <exception cref="IOException">The directory cannot be opened or flushed.</exception>
    public static void Flush(string directory)
    {
        var descriptor = Open(directory, ReadOnly);
        if (descriptor < 0)
        {
            throw Failure();
        }

        try
        {
            if (Fsync(descriptor) != 0)
            {
                throw Failure();
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure() => new($"flushing a directory failed (errno {Marshal.GetLastPInvokeError()})");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
