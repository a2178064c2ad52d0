using System.Globalization;
using System.Text;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>
/// Text in which what looks like an ASCII character, or means one, is one: digits of every script, full-width forms,
/// dashes and spaces of every kind. Invisible characters go. So a number has one spelling, and nothing hides between its digits.
/// </summary>
internal static class FoldedText
{
    private const int FullWidthFirst = 0xFF01, FullWidthLast = 0xFF5E, FullWidthShift = 0xFEE0;

    /// <summary>The folded text; the same object where there is nothing to fold.</summary>
    public static string Of(string text)
    {
        if (Ascii.IsValid(text))
            return text;
        var folded = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Append(rune, folded);
        return folded.ToString();
    }

    /// <summary>The value of a digit or of a number in one character, such as <c>٣</c> or <c>⑫</c>; -1 for any other character.</summary>
    public static int NumberOf(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.OtherNumber
        && Rune.GetNumericValue(rune) is >= 0 and < 100 and var number && number == Math.Floor(number)
            ? (int)number
            : -1;

    private static void Append(Rune rune, StringBuilder folded)
    {
        if (rune.IsAscii)
            folded.Append((char)rune.Value);
        else if (rune.Value is >= FullWidthFirst and <= FullWidthLast)
            folded.Append((char)(rune.Value - FullWidthShift));
        else if (NumberOf(rune) is >= 0 and var number)
            folded.Append(number);
        else
            AppendMark(rune, folded);
    }

    // Marks that only choose how what stands before them is drawn.
    private static bool IsSelector(Rune rune) => rune.Value is 0x034F or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF);

    private static void AppendMark(Rune rune, StringBuilder folded)
    {
        switch (Rune.GetUnicodeCategory(rune))
        {
            case UnicodeCategory.Format:
            case UnicodeCategory.NonSpacingMark when IsSelector(rune):
                break;
            case UnicodeCategory.DashPunctuation:
                folded.Append('-');
                break;
            case UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator:
                folded.Append(' ');
                break;
            default:
                folded.Append(rune.Value switch { 0x2212 => "-", 0x2044 or 0x2215 => "/", 0xFE6B => "@", _ => rune.ToString() });
                break;
        }
    }
}
