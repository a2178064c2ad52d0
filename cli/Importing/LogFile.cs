using System.IO.Compression;
using KpTelemetry.Cli.CommandLines;
using Microsoft.Win32.SafeHandles;
using SharpCompress.Compressors.BZip2;
using ZstdSharp;

namespace KpTelemetry.Cli.Importing;

/// <summary>How a file's content is compressed, told by its first bytes, whatever its name.</summary>
public enum Compression
{
    None,
    Gzip,
    Zstd,
    Bzip2,
}

/// <summary>A log file to import: a regular, readable, non-empty file whose content is text.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Compression">How its content is compressed.</param>
/// <param name="Length">Bytes on disk when it was looked at; a plain file is read no further, also where it grows.</param>
/// <param name="Start">The first bytes of the content, decompressed, at most <see cref="StartBytes"/>.</param>
public sealed record LogFile(string Path, Compression Compression, long Length, byte[] Start)
{
    /// <summary>As much of the content as is looked at to tell what the file is.</summary>
    public const int StartBytes = 64 * 1024;

    private const int BufferBytes = 256 * 1024;

    /// <summary>Looks at a file.</summary>
    /// <exception cref="KpFailure">It is missing, a directory, unreadable, empty, damaged or no text.</exception>
    public static LogFile Examine(string path)
    {
        if (Directory.Exists(path))
            throw new KpFailure($"{path} is a directory", $"name the files in it, such as {System.IO.Path.Combine(path, "*.log")}");
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = LengthOf(handle, path);
            if (length == 0)
                throw new KpFailure($"{path} is empty", "there is nothing to import");
            var file = new LogFile(path, CompressionOf(handle), length, []);
            file = file with { Start = file.ReadStart(handle) };
            if (file.Start.Length == 0)
                throw new KpFailure($"{path} is empty once decompressed", "there is nothing to import");
            if (IsBinary(file.Start))
                throw new KpFailure($"{path} is no text, so it is no log", "import takes text, plain or compressed with gzip, zstd or bzip2 (no archives)");
            return file;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KpFailure($"there is no file {path}", "look at the spelling; paths are relative to where you are");
        }
        catch (UnauthorizedAccessException)
        {
            throw new KpFailure($"{path} may not be read", "run the command as a user who may read it");
        }
    }

    /// <summary>
    /// Opens it for a whole import. What is hashed and what is sent are read through one handle, so that they are one file
    /// also where its name is given to another meanwhile.
    /// </summary>
    /// <exception cref="KpFailure">Under its name there is another file than the one that was looked at.</exception>
    public SafeFileHandle OpenHandle()
    {
        var handle = File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        if (RandomAccess.GetLength(handle) >= Length && ReadStart(handle).AsSpan().SequenceEqual(Start))
            return handle;
        handle.Dispose();
        throw new KpFailure($"{Path} has been replaced meanwhile", "import it again; name the rotated file as well");
    }

    /// <summary>The content from its beginning. Damage shows as <see cref="KpFailure"/> where it is read.</summary>
    /// <param name="handle">The opened file, which stays open.</param>
    public Stream Content(SafeFileHandle handle)
    {
        Stream Raw() => new BufferedStream(new FileBytes(handle, long.MaxValue), BufferBytes);
        return new WholeOrDamaged(Path, () => Compression switch
        {
            Compression.Gzip => new GZipStream(Raw(), CompressionMode.Decompress),
            Compression.Zstd => new DecompressionStream(Raw(), checkEndOfStream: true, leaveOpen: false),
            Compression.Bzip2 => BZip2Stream.Create(Raw(), SharpCompress.Compressors.CompressionMode.Decompress, decompressConcatenated: true),
            _ => new FileBytes(handle, Length),
        });
    }

    // Of a link it is the length of the file that it leads to. A pipe has none, and cannot be read twice.
    private static long LengthOf(SafeFileHandle handle, string path)
    {
        try
        {
            return RandomAccess.GetLength(handle);
        }
        catch (NotSupportedException)
        {
            throw new KpFailure($"{path} is a pipe or a device, and import reads files", "write what it gives into a file first");
        }
    }

    private static Compression CompressionOf(SafeFileHandle handle)
    {
        Span<byte> magic = stackalloc byte[4];
        var read = RandomAccess.Read(handle, magic, 0);
        return magic[..read] switch
        {
            [0x1F, 0x8B, ..] => Compression.Gzip,
            [0x28, 0xB5, 0x2F, 0xFD] => Compression.Zstd,
            [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9'] => Compression.Bzip2,
            _ => Compression.None,
        };
    }

    private byte[] ReadStart(SafeFileHandle handle)
    {
        using var content = Content(handle);
        var start = new byte[StartBytes];
        return start[..content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
    }

    // A stray control character is a line's own matter; a file full of them is no log.
    private static bool IsBinary(ReadOnlySpan<byte> start)
    {
        var control = 0;
        foreach (var b in start)
        {
            if (b == 0)
                return true;
            control += b < 0x20 && b is not ((byte)'\n' or (byte)'\r' or (byte)'\t') ? 1 : 0;
        }

        return control > start.Length / 20;
    }
}
