using System.Text;

namespace KpTelemetry.Privacy.Minimising;

/// <summary>Rules for every text that the door keeps: identifiers masked, bounded, no control characters, valid UTF-8.</summary>
public static class MinimiseText
{
    /// <summary>Longest text that is read; <see cref="Room"/> is the buffer that goes with it.</summary>
    internal const int MaxRead = 4096;

    /// <summary>Bytes that a destination of any of the door's rules must have.</summary>
    public const int Room = MaxRead;

    /// <summary>Longest agent kept.</summary>
    public const int MaxAgentBytes = 512;

    /// <summary>Minimises a user agent; <c>-</c> is none.</summary>
    /// <returns>The length written to <paramref name="destination"/>.</returns>
    public static int Agent(ReadOnlySpan<byte> agent, Span<byte> destination, ref Removed removed)
    {
        if (agent.SequenceEqual("-"u8))
            return 0;
        Span<byte> clean = stackalloc byte[MaxRead];
        var length = Clean(agent, clean);
        return MaskAndCut(clean[..length], length < agent.Length, MaxAgentBytes, destination, ref removed);
    }

    /// <summary>Masks identifiers, then cuts to <paramref name="most"/> bytes so that no part of a masked kind of number stays at the end.</summary>
    internal static int MaskAndCut(ReadOnlySpan<byte> text, bool isCut, int most, Span<byte> destination, ref Removed removed)
    {
        var written = MaskIdentifiers.Apply(text, destination, ref removed);
        return written <= most && !isCut ? written : WithoutBrokenEnd(destination[..Math.Min(written, most)]);
    }

    private static int Clean(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var written = 0;
        while (!text.IsEmpty)
        {
            var valid = Rune.DecodeFromUtf8(text, out var rune, out var used) == System.Buffers.OperationStatus.Done && !Rune.IsControl(rune);
            if (written + used > destination.Length)
                break;
            if (valid)
                text[..used].CopyTo(destination[written..]);
            else
                destination[written] = (byte)'?';
            written += valid ? used : 1;
            text = text[used..];
        }

        return written;
    }

    // A cut through a card number would leave digits that no check recognises, one through a character bytes that are no text.
    private static int WithoutBrokenEnd(ReadOnlySpan<byte> text)
    {
        var end = text.Length;
        while (end > 0 && text.Length - end < 64 && (text[end - 1] >= 0x80 || char.IsAsciiLetterOrDigit((char)text[end - 1]) || text[end - 1] is (byte)'-' or (byte)'%'))
            end--;
        return end;
    }
}
