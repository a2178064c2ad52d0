using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace KpTelemetry.Platform.Keys;

/// <summary>Files that are there whole and durably, or not at all; readable by their owner only.</summary>
public static partial class DurableFile
{
    /// <summary>What the name of a file ends in that is not whole yet.</summary>
    public const string TemporarySuffix = ".new";

    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int Interrupted = 4;
    private const UnixFileMode OwnerOnlyDirectory = OwnerOnlyFile | UnixFileMode.UserExecute;

    /// <summary>Makes a directory with mode 0700 where it is missing.</summary>
    public static void CreatePrivateDirectory(string path) => Directory.CreateDirectory(path, OwnerOnlyDirectory);

    /// <summary>Writes a new file with mode 0600, synchronised to disk with its directory; false when one of that name was there first.</summary>
    public static bool TryCreate(string path, ReadOnlySpan<byte> content)
    {
        var temporary = WriteTemporary(path, content);

        // link(2) fails where the name exists, unlike rename(2): of several creators exactly one wins.
        var won = Link(temporary, path) == 0;
        var error = Marshal.GetLastPInvokeError();
        File.Delete(temporary);
        if (!won && !File.Exists(path))
            throw new IOException($"cannot create a file in the key store or spool (errno {error})");
        SynchroniseDirectory(Path.GetDirectoryName(path)!);
        return won;
    }

    /// <summary>Puts a file with other content in the place of one, in one act, synchronised to disk with its directory.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        File.Move(WriteTemporary(path, content), path, overwrite: true);
        SynchroniseDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Opens a file so that its content can be overwritten even after its name is gone.</summary>
    public static FileStream OpenToOverwrite(string path) => new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>
    /// Overwrites what a file holds with random bytes, synchronised to disk. A file system that writes elsewhere, a
    /// snapshot or a flash drive may keep the old blocks: only a key that was never there can be relied on to be gone.
    /// </summary>
    public static void Overwrite(FileStream file)
    {
        file.Position = 0;
        file.Write(RandomNumberGenerator.GetBytes((int)file.Length));
        Synchronise(file);
    }

    /// <summary>
    /// Makes what was written to a file survive a power cut. Throws <see cref="IOException"/> where the disk refuses, which
    /// .NET's own calls swallow: what the disk did not take would be acknowledged.
    /// </summary>
    public static void Synchronise(FileStream file)
    {
        file.Flush();
        while (Fsync(file.SafeFileHandle) != 0)
            ThrowUnlessInterrupted("a file");
    }

    /// <summary>Makes additions, renames and removals in a directory survive a power cut.</summary>
    public static void SynchroniseDirectory(string directory)
    {
        var descriptor = OpenDirectory(directory);
        try
        {
            while (Fsync(descriptor) != 0)
                ThrowUnlessInterrupted("a directory");
        }
        finally
        {
            CloseDirectory(descriptor);
        }
    }

    /// <summary>A descriptor of a directory, to be closed. Throws <see cref="IOException"/> where it cannot be opened.</summary>
    internal static int OpenDirectory(string directory)
    {
        var descriptor = Open(directory, ReadOnlyDirectoryFlags);
        return descriptor >= 0 ? descriptor : throw new IOException($"cannot open a directory (errno {Marshal.GetLastPInvokeError()})");
    }

    internal static void CloseDirectory(int descriptor) => _ = Close(descriptor);

    private static string WriteTemporary(string path, ReadOnlySpan<byte> content)
    {
        var temporary = $"{path}.{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):n}{TemporarySuffix}";
        using var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnlyFile });
        stream.Write(content);
        Synchronise(stream);
        return temporary;
    }

    private static void ThrowUnlessInterrupted(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error != Interrupted)
            throw new IOException($"cannot synchronise {what} (errno {error})");
    }

    // O_RDONLY | O_CLOEXEC on Linux.
    private const int ReadOnlyDirectoryFlags = 0x80000;

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string created);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
