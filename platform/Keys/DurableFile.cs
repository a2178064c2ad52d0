using System.Runtime.InteropServices;

namespace KpTelemetry.Platform.Keys;

/// <summary>Files that are there whole and durably, or not at all; readable by their owner only.</summary>
public static partial class DurableFile
{
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyDirectory = OwnerOnlyFile | UnixFileMode.UserExecute;

    /// <summary>Makes a directory with mode 0700 where it is missing.</summary>
    public static void CreatePrivateDirectory(string path) => Directory.CreateDirectory(path, OwnerOnlyDirectory);

    /// <summary>Writes a new file with mode 0600, synchronised to disk with its directory; false when one of that name was there first.</summary>
    public static bool TryCreate(string path, ReadOnlySpan<byte> content)
    {
        var temporary = $"{path}.{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):n}.new";
        using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnlyFile }))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        // link(2) fails where the name exists, unlike rename(2): of several creators exactly one wins.
        var won = Link(temporary, path) == 0;
        var error = Marshal.GetLastPInvokeError();
        File.Delete(temporary);
        if (!won && !File.Exists(path))
            throw new IOException($"cannot create a file in the key store or spool (errno {error})");
        SynchroniseDirectory(Path.GetDirectoryName(path)!);
        return won;
    }

    /// <summary>Makes additions, renames and removals in a directory survive a power cut.</summary>
    public static void SynchroniseDirectory(string directory)
    {
        var descriptor = Open(directory, ReadOnlyDirectoryFlags);
        if (descriptor < 0)
            throw new IOException($"cannot open a directory to synchronise it (errno {Marshal.GetLastPInvokeError()})");
        var result = Fsync(descriptor);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0)
            throw new IOException($"cannot synchronise a directory (errno {error})");
    }

    // O_RDONLY | O_CLOEXEC on Linux.
    private const int ReadOnlyDirectoryFlags = 0x80000;

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string created);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
