using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace KpTelemetry.Cli.Importing;

/// <summary>A part of a file: whole lines, or the start of one that is longer than any log's.</summary>
/// <param name="From">Where it begins in the content.</param>
/// <param name="To">Where it ends; beyond its bytes where a line's rest is left out.</param>
/// <param name="Bytes">What is sent.</param>
public sealed record Chunk(long From, long To, ReadOnlyMemory<byte> Bytes);

/// <summary>Cuts a file's content into chunks of whole lines, in bounded memory whatever the lines.</summary>
public static class Chunks
{
    /// <summary>Bytes of a chunk, at most.</summary>
    public const int ChunkBytes = 4 * 1024 * 1024;

    /// <summary>One more than the longest line that ingest reads: enough for it to see that the line is too long.</summary>
    private const int StartOfLongLine = (64 * 1024) + 1;

    /// <summary>The chunks of <c>[from, end)</c>, each in memory of its own.</summary>
    public static IEnumerable<Chunk> Read(LogFile file, SafeFileHandle handle, long from, long end)
    {
        using var content = file.Content(handle);
        Skip(content, from);
        var carry = Array.Empty<byte>();
        for (var at = from; at < end;)
        {
            var buffer = new byte[ChunkBytes];
            carry.CopyTo(buffer, 0);
            var wanted = (int)Math.Min(ChunkBytes, end - at);
            var filled = carry.Length + content.ReadAtLeast(buffer.AsSpan(carry.Length, wanted - carry.Length), wanted - carry.Length, throwOnEndOfStream: true);
            var isLast = at + filled == end;
            var lines = isLast ? filled : buffer.AsSpan(0, filled).LastIndexOf((byte)'\n') + 1;
            if (lines > 0)
            {
                yield return new Chunk(at, at + lines, buffer.AsMemory(0, lines));
                at += lines;
                carry = buffer[lines..filled];
                continue;
            }

            var rest = SkipLine(content, end - at - filled, out carry);
            yield return new Chunk(at, at + filled + rest, buffer.AsMemory(0, StartOfLongLine));
            at += filled + rest;
        }
    }

    private static void Skip(Stream content, long bytes)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
        while (bytes > 0)
        {
            var read = content.Read(buffer, 0, (int)Math.Min(buffer.Length, bytes));
            if (read == 0)
                throw new EndOfStreamException();
            bytes -= read;
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    // Reads past the end of the line, at most so many bytes; what was read of the lines after it is carried on.
    private static long SkipLine(Stream content, long most, out byte[] carry)
    {
        carry = [];
        var buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
        long skipped = 0;
        while (skipped < most)
        {
            var read = content.Read(buffer, 0, (int)Math.Min(buffer.Length, most - skipped));
            if (read == 0)
                throw new EndOfStreamException();
            var newline = buffer.AsSpan(0, read).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                carry = buffer[(newline + 1)..read];
                skipped += newline + 1;
                break;
            }

            skipped += read;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return skipped;
    }
}
