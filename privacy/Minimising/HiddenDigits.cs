using System.Buffers;
using System.Globalization;
using System.Text;
using KpTelemetry.Privacy.Labelling;

namespace KpTelemetry.Privacy.Minimising;

/// <summary>Reads digits however they are spelled: of any script, as UTF-8 or percent-encoded; and what may stand between them.</summary>
internal static class HiddenDigits
{
    private const int MostSeparators = 3;
    private const int MostBytes = 4;
    private const int Escape = 3;

    /// <summary>Whether a digit could start with that byte.</summary>
    public static bool MayStart(byte first) => char.IsAsciiDigit((char)first) || first is (byte)'%' or >= 0x80;

    /// <summary>The value of the digit that the text starts with, and its length in bytes; -1 where it is none.</summary>
    public static int Read(ReadOnlySpan<byte> text, out int length)
    {
        length = 1;
        if (text.IsEmpty || char.IsAsciiDigit((char)text[0]))
            return text.IsEmpty ? -1 : text[0] - '0';
        return MayStart(text[0]) && ReadRune(text, out length) is { } rune && FoldedText.NumberOf(rune) is >= 0 and <= 9 and var digit ? digit : -1;
    }

    /// <summary>The length of up to three separators with a digit behind them; 0 where there are none.</summary>
    /// <param name="isGroup">Whether the digits so far are whole groups of four: only then does a slash separate.</param>
    public static int Separators(ReadOnlySpan<byte> text, bool isGroup)
    {
        var at = 0;
        for (var count = 0; count < MostSeparators && at < text.Length; count++)
        {
            if (ReadRune(text[at..], out var length) is not { } rune || !Separates(rune, isGroup))
                return 0;
            at += length;
            if (Read(text[at..], out _) >= 0)
                return at;
        }

        return 0;
    }

    private static bool Separates(Rune rune, bool isGroup) =>
        rune.Value == '/' ? isGroup
        : rune.Value == ' ' || Rune.IsPunctuation(rune) || Rune.IsSymbol(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.SpaceSeparator or UnicodeCategory.Format;

    private static Rune? ReadRune(ReadOnlySpan<byte> text, out int length)
    {
        if (text[0] != '%')
            return Rune.DecodeFromUtf8(text, out var plain, out length) == OperationStatus.Done ? plain : null;
        Span<byte> bytes = stackalloc byte[MostBytes];
        var count = 0;
        while (count < MostBytes && text.Length >= (count + 1) * Escape && text[count * Escape] == '%'
            && byte.TryParse(text.Slice((count * Escape) + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[count]))
            count++;
        var isText = Rune.DecodeFromUtf8(bytes[..count], out var rune, out var used) == OperationStatus.Done;
        length = used * Escape;
        return isText ? rune : null;
    }
}
