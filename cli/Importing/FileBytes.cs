using Microsoft.Win32.SafeHandles;

namespace KpTelemetry.Cli.Importing;

/// <summary>The first bytes of an open file, which may be growing and which others read as well.</summary>
/// <param name="file">The open file; stays open.</param>
/// <param name="length">Where reading ends, if the file does not end before.</param>
internal sealed class FileBytes(SafeFileHandle file, long length) : ReadOnlyStream
{
    private long _at;

    public override int Read(Span<byte> buffer)
    {
        var read = RandomAccess.Read(file, buffer[..(int)Math.Min(buffer.Length, length - _at)], _at);
        _at += read;
        return read;
    }
}
