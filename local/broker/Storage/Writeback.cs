using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KpTelemetry.Local.Broker.Storage;

/// <summary>A hint to the kernel; what it does not do, and what it cannot write, the fsync that follows does or tells.</summary>
internal static partial class Writeback
{
    private const uint Write = 2;

    public static void Start(SafeFileHandle file) => _ = SyncFileRange(file, 0, 0, Write);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long bytes, uint flags);
}
