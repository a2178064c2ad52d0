using System.Text;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>Reads what a client wrote as a path: percent escapes, <c>%u0040</c> and <c>\u0040</c> too, taken off until none is left, however often they were put on.</summary>
internal static class PathText
{
    private const int MostRounds = 8;
    private const int MostBytes = 4096;
    private const int Utf16Bytes = 6;

    /// <summary>
    /// The text, with U+FFFD for what is no UTF-8 and for what is still escaped after eight rounds, so that nothing hides
    /// in it: a segment with U+FFFD is a value. Longer than 4 KiB is cut, the rest standing as U+FFFD.
    /// </summary>
    public static string Decode(ReadOnlySpan<byte> path)
    {
        var isCut = path.Length > MostBytes;
        Span<byte> bytes = stackalloc byte[MostBytes];
        var length = Math.Min(path.Length, MostBytes);
        path[..length].CopyTo(bytes);
        var isEscaped = true;
        for (var round = 0; isEscaped && round < MostRounds; round++)
            (length, isEscaped) = Unescape(bytes[..length]);
        var text = Encoding.UTF8.GetString(bytes[..length]);
        return isCut || isEscaped ? text + '\uFFFD' : text;
    }

    // In place: what is unescaped is never longer. A '%' or '\' that starts no escape stays as it is.
    private static (int Length, bool Changed) Unescape(Span<byte> bytes)
    {
        var first = bytes.IndexOfAny((byte)'%', (byte)'\\');
        if (first < 0)
            return (bytes.Length, false);
        var to = first;
        var changed = false;
        for (var from = first; from < bytes.Length; from++, to++)
        {
            if (IsUtf16(bytes[from..]))
            {
                to += Utf16(bytes[(from + 2)..]).EncodeToUtf8(bytes[to..]) - 1;
                from += Utf16Bytes - 1;
                changed = true;
                continue;
            }

            var isEscape = bytes[from] == '%' && from + 2 < bytes.Length && IsHex(bytes[from + 1]) && IsHex(bytes[from + 2]);
            bytes[to] = isEscape ? (byte)((Hex(bytes[from + 1]) << 4) | Hex(bytes[from + 2])) : bytes[from];
            from += isEscape ? 2 : 0;
            changed |= isEscape;
        }

        return (to, changed);
    }

    // %u0040 and \u0040, as scripts write them.
    private static bool IsUtf16(ReadOnlySpan<byte> text) => text.Length >= Utf16Bytes && text[0] is (byte)'%' or (byte)'\\' && (text[1] | 0x20) == 'u'
        && IsHex(text[2]) && IsHex(text[3]) && IsHex(text[4]) && IsHex(text[5]);

    private static Rune Utf16(ReadOnlySpan<byte> digits) =>
        Rune.TryCreate((Hex(digits[0]) << 12) | (Hex(digits[1]) << 8) | (Hex(digits[2]) << 4) | Hex(digits[3]), out var rune) ? rune : Rune.ReplacementChar;

    private static bool IsHex(byte value) => char.IsAsciiHexDigit((char)value);

    private static int Hex(byte value) => value <= (byte)'9' ? value - (byte)'0' : (value | 0x20) - (byte)'a' + 10;
}
