using System.Buffers;
using System.Buffers.Text;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>Codes in one run of letters and digits: hashes, tokens, serial and licence numbers, plates, encoded text, random letters.</summary>
internal static class CodeRules
{
    private const int LongestToken = 48;
    private const int LongestDecoded = 96;

    // 9 for a digit, A for a letter, * for either.
    private const string Beneficiary = "9A*9A*9AA99";

    public static bool IsValue(ReadOnlySpan<char> token, bool isWhole)
    {
        var shape = TokenShape.Of(token);
        if (shape.Digits == token.Length)
            return false;
        return token.Length > LongestToken
            || shape.LongestDigitRun >= 6
            || IsHexadecimal(token, shape)
            || (token.Length >= 8 && (shape.DigitTurns > 3 || (shape.DigitTurns == 3 && shape.Digits > 2)))
            || (token.Length >= 20 && shape.Digits >= 2)
            || IsWordWithNumber(token, shape)
            || (isWhole && IsPlate(token))
            || IsMixedCase(token, shape)
            || Pronounceable.IsRandom(token)
            || HoldsText(token, shape)
            || HoldsNumber(token);
    }

    // decade2020 is a word with a year.
    private static bool IsHexadecimal(ReadOnlySpan<char> token, in TokenShape shape) => shape.IsHex
        && ((token.Length == 7 && shape is { Digits: >= 2, DigitTurns: >= 2 }) || (token.Length >= 8 && shape.Digits >= 2 && !(shape.DigitTurns == 1 && shape.Digits == 4 && NumberRules.IsYear(token[^4..]))) || token.Length >= 16);

    // A word with five digits, such as abc12345, unless it is a standard's (iso27001); 94601oakland too, not 44100hz.
    private static bool IsWordWithNumber(ReadOnlySpan<char> token, in TokenShape shape) => shape is { Digits: 5, DigitTurns: 1 }
        && (char.IsLetter(token[0]) ? !Vocabulary.IsStandard(token[..^5]) : token[0] == '0' || token[3] != '0' || token[4] != '0');

    private static bool IsMixedCase(ReadOnlySpan<char> token, in TokenShape shape) =>
        (token.Length >= 7 && shape.CaseTurns * 4 >= token.Length * 3)
        || (token.Length >= 10 && shape.Digits > 0 && shape.CaseTurns * 2 >= token.Length)
        || (token.Length >= 16 && shape.CaseTurns * 3 >= token.Length && Pronounceable.Count(token) is var (rare, _) && (rare > 1 || shape.CaseTurns * 2 >= token.Length))
        || (token.Length >= 8 && shape.CaseTurns >= 4 && Pronounceable.Count(token) is var (few, pairs)
            && ((few >= 3 && few * 3 >= pairs) || (token.Length >= 20 && shape.Digits > 0 && few >= 4 && few * 6 >= pairs)));

    // 7ABC123; and ABC1234, unless the letters are known of products or standards or the digits are a year.
    private static bool IsPlate(ReadOnlySpan<char> token) => token.Length == 7
        && ((AreDigits(token[..1]) && AreLetters(token[1..4]) && AreDigits(token[4..]))
            || (AreUpper(token[..3]) && AreDigits(token[3..]) && !NumberRules.IsYear(token[3..]) && !Vocabulary.IsStandard(token[..3])));

    /// <summary>Whether a Medicare beneficiary's number stands somewhere, 1EG4-TE5-MK73, with separators or none.</summary>
    public static bool HasBeneficiary(ReadOnlySpan<char> segment)
    {
        for (var from = 0; from + Beneficiary.Length <= segment.Length; from++)
        {
            if (char.IsAsciiDigit(segment[from]) && StartsWithBeneficiary(segment[from..]))
                return true;
        }

        return false;
    }

    private static bool StartsWithBeneficiary(ReadOnlySpan<char> text)
    {
        var (matched, separators) = (0, 0);
        foreach (var character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character))
            {
                if (++separators > 1)
                    return false;
                continue;
            }

            if ((Beneficiary[matched] == '9' && !char.IsAsciiDigit(character)) || (Beneficiary[matched] == 'A' && !char.IsAsciiLetter(character)))
                return false;
            (matched, separators) = (matched + 1, 0);
            if (matched == Beneficiary.Length)
                return true;
        }

        return false;
    }

    private static bool AreDigits(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');

    private static bool AreUpper(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('A', 'Z');

    private static bool AreLetters(ReadOnlySpan<char> text) => AreUpper(text) || !text.ContainsAnyExceptInRange('a', 'z');

    // Base64 of text reads as text when decoded, which a word hardly ever does.
    private static bool HoldsText(ReadOnlySpan<char> token, in TokenShape shape)
    {
        if (token.Length is < 8 or > LongestDecoded || shape.CaseTurns < 2 || token.Length % 4 == 1)
            return false;
        Span<byte> decoded = stackalloc byte[LongestDecoded];
        return Base64Url.DecodeFromChars(token[..(token.Length / 4 * 4)], decoded, out _, out var length) == OperationStatus.Done && length >= 6 && IsText(decoded[..length]);
    }

    // MTIzNDU, which is 12345.
    private static bool HoldsNumber(ReadOnlySpan<char> token)
    {
        if (token.Length is < 6 or > LongestToken || token[0] is not ('M' or 'N' or 'O'))
            return false;
        Span<byte> decoded = stackalloc byte[LongestToken];
        return Base64Url.DecodeFromChars(token, decoded, out _, out var length) == OperationStatus.Done && !decoded[..length].ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    private static bool IsText(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExceptInRange((byte)' ', (byte)'~');
}
