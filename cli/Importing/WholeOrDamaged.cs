using KpTelemetry.Cli.CommandLines;
using SharpCompress.Common;
using ZstdSharp;

namespace KpTelemetry.Cli.Importing;

/// <summary>A file's content; where it does not decompress to its end, reading says so in words.</summary>
/// <param name="path">The file's path.</param>
/// <param name="open">Opens the content, which may read of it already.</param>
internal sealed class WholeOrDamaged(string path, Func<Stream> open) : ReadOnlyStream
{
    private Stream? _content;

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return (_content ??= open()).Read(buffer);
        }
        catch (Exception damage) when (damage is InvalidDataException or EndOfStreamException or ZstdException or SharpCompressException or ArchiveOperationException or IndexOutOfRangeException)
        {
            throw new KpFailure($"{path} is damaged or cut short: it does not decompress to its end", "nothing of it was sent; copy the file again, or decompress what is whole and import that");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _content?.Dispose();
        base.Dispose(disposing);
    }
}
