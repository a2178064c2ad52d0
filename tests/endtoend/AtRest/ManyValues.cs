using System.Buffers;
using System.Text;

namespace KpTelemetry.EndToEnd.Tests.AtRest;

/// <summary>Looks for any of many values in bytes.</summary>
internal sealed class ManyValues(IReadOnlyCollection<string> values)
{
    private const int Chunk = 4 << 20;

    private readonly SearchValues<string> _values = SearchValues.Create([.. values], StringComparison.Ordinal);
    private readonly int _longest = values.Max(v => v.Length);

    /// <summary>The first value found as a whole, not as part of a longer number; null where there is none.</summary>
    public string? FindIn(ReadOnlySpan<byte> bytes)
    {
        // Latin-1 maps each byte to the character of its number, so that text in bytes stays text.
        var text = Encoding.Latin1.GetString(bytes);
        for (var from = 0; from < text.Length;)
        {
            var at = text.AsSpan(from).IndexOfAny(_values);
            if (at < 0)
                return null;
            var rest = text.AsSpan(from + at);
            foreach (var value in values)
            {
                if (rest.StartsWith(value, StringComparison.Ordinal) && !Continues(text, from + at - 1) && !Continues(text, from + at + value.Length))
                    return value;
            }

            from += at + 1;
        }

        return null;
    }

    /// <summary>The first value found in a file, read in pieces that overlap.</summary>
    public string? FindIn(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var buffer = new byte[Chunk];
        var kept = 0;
        while (stream.Read(buffer, kept, buffer.Length - kept) is > 0 and var read)
        {
            var filled = kept + read;
            if (FindIn(buffer.AsSpan(0, filled)) is { } found)
                return found;
            kept = Math.Min(_longest + 1, filled);
            buffer.AsSpan(filled - kept, kept).CopyTo(buffer);
        }

        return null;
    }

    private static bool Continues(string text, int at) => at >= 0 && at < text.Length && char.IsAsciiDigit(text[at]);
}
