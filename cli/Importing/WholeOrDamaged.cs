using KpTelemetry.Cli.CommandLines;
using SharpCompress.Common;
using ZstdSharp;

namespace KpTelemetry.Cli.Importing;

/// <summary>A file's content; where it does not decompress to its end, reading says so in words.</summary>
internal sealed class WholeOrDamaged(string path, Stream content) : ReadOnlyStream(content)
{
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return Inner.Read(buffer);
        }
        catch (Exception damage) when (damage is InvalidDataException or EndOfStreamException or ZstdException or SharpCompressException or IndexOutOfRangeException)
        {
            throw new KpFailure($"{path} is damaged or cut short: it does not decompress to its end", "nothing of it was sent; copy the file again, or decompress what is whole and import that");
        }
    }
}

/// <summary>The first bytes of a file that may be growing.</summary>
internal sealed class UpTo(FileStream file, long length) : ReadOnlyStream(file)
{
    private long _left = length;

    public override int Read(Span<byte> buffer)
    {
        var read = Inner.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        _left -= read;
        return read;
    }

    /// <summary>Passes over the first bytes.</summary>
    public void Skip(long bytes)
    {
        file.Position += bytes;
        _left -= bytes;
    }
}
