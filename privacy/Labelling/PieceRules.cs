namespace KpTelemetry.Privacy.Labelling;

/// <summary>
/// Codes that stand in pieces, each too short to tell anything: 7b-c9-d6-44-36-0d, 1PW CM8 263 AA5 468 91,
/// C0J/XT8/462/7GH, and a time behind a date.
/// </summary>
internal static class PieceRules
{
    private const int LongestPiece = 4;
    private const int FewestPieces = 3;
    private const int FewestEqual = 4;
    private const int FewestPairs = 5;
    private const int FewestOfMany = 6;
    private const int ShortestOdd = 4;
    private const int LongOdd = 12;

    /// <summary>A piece of a text: a run of letters and digits.</summary>
    private readonly record struct Piece(int Length, bool HasDigit, bool HasLetter, bool IsOdd, bool IsIrregular, bool IsHex);

    /// <summary>Whether the text, in which slashes may stand as well, is or holds a code in pieces.</summary>
    public static bool FindValue(ReadOnlySpan<char> text)
    {
        if (HasHardwareAddress(text))
            return true;
        var run = new List<Piece>();
        for (var at = 0; at <= text.Length; at++)
        {
            var start = at;
            while (at < text.Length && char.IsAsciiLetterOrDigit(text[at]))
                at++;
            if (at == start)
                continue;
            var token = text[start..at];
            if (IsDayWithHour(token))
                return true;
            if (token.Length <= LongestPiece)
                run.Add(PieceOf(token));
            else if (IsCode(run))
                return true;
            else
                run.Clear();
        }

        return IsCode(run);
    }

    /// <summary>Whether a segment of a path can be a piece of a code; the first must look like one.</summary>
    public static bool MayBePiece(string segment, bool isFirst) => segment.Length is > 0 and <= LongestPiece
        && segment.All(char.IsAsciiLetterOrDigit) && (!isFirst || PieceOf(segment) is var piece && (piece.HasDigit || piece.IsIrregular || IsPair(piece)));

    /// <summary>What a segment begins with before a mark, where that looks like a piece of a code; else empty.</summary>
    public static string PieceAtStart(string segment)
    {
        var end = 0;
        while (end < segment.Length && char.IsAsciiLetterOrDigit(segment[end]))
            end++;
        return end < segment.Length && MayBePiece(segment[..end], isFirst: true) ? segment[..end] : "";
    }

    /// <summary>Runs of letters and digits that hardly a word is, such as iZE8A and gIoOnUl: one is a name, and three are pieces of base64.</summary>
    public static int OddTokens(ReadOnlySpan<char> text)
    {
        var odd = 0;
        for (var at = 0; at < text.Length; at++)
        {
            var start = at;
            while (at < text.Length && char.IsAsciiLetterOrDigit(text[at]))
                at++;
            odd += at - start >= ShortestOdd && IsOddToken(text[start..at]) ? 1 : 0;
        }

        return odd;
    }

    /// <summary>Whether a capital follows another letter or a digit somewhere, as beside such pieces only their like do.</summary>
    public static bool HasInnerCapital(ReadOnlySpan<char> text)
    {
        for (var at = 1; at < text.Length; at++)
        {
            if (char.IsAsciiLetterUpper(text[at]) && char.IsAsciiLetterOrDigit(text[at - 1]))
                return true;
        }

        return false;
    }

    private static bool IsOddToken(ReadOnlySpan<char> token)
    {
        var shape = TokenShape.Of(token);
        return (token.Length >= LongOdd ? shape.CaseTurns * 3 >= token.Length : token.Length > ShortestOdd && shape.CaseTurns * 2 >= token.Length) || (shape.Digits > 0 && token.ContainsAnyInRange('a', 'z') && token[1..].ContainsAnyInRange('A', 'Z'));
    }

    /// <summary>What a segment ends with behind a mark, where that looks like a piece of a code; else empty.</summary>
    public static string PieceAtEnd(string segment)
    {
        var start = segment.Length;
        while (start > 0 && char.IsAsciiLetterOrDigit(segment[start - 1]))
            start--;
        return start > 0 && MayBePiece(segment[start..], isFirst: true) ? segment[start..] : "";
    }

    // Six bytes with one mark between them, whatever letters touch the first and the last.
    private static bool HasHardwareAddress(ReadOnlySpan<char> text)
    {
        const int Length = 17, Step = 3;
        for (var from = 0; from + Length <= text.Length; from++)
        {
            if (char.IsAsciiLetterOrDigit(text[from + 2]) || !text.Slice(from, Length).ContainsAnyInRange('0', '9'))
                continue;
            var at = from;
            while (at < from + Length && char.IsAsciiHexDigit(text[at]) && char.IsAsciiHexDigit(text[at + 1]) && (at == from || text[at - 1] == text[from + 2]))
                at += Step;
            if (at > from + Length)
                return true;
        }

        return false;
    }

    // 14T08, of 1962-03-14T08:15.
    private static bool IsDayWithHour(ReadOnlySpan<char> token) =>
        token.Length == 5 && (token[2] | 0x20) == 't' && !token[..2].ContainsAnyExceptInRange('0', '9') && !token[3..].ContainsAnyExceptInRange('0', '9');

    private static bool IsCode(List<Piece> run)
    {
        for (var from = 0; from + FewestPieces <= run.Count; from++)
        {
            var (numbers, letters, odd, irregular, equal, hex) = (0, 0, 0, 0, true, true);
            for (var at = from; at < run.Count && (run[at].HasDigit || run[at].IsIrregular || run[at].Length == run[from].Length); at++)
            {
                var piece = run[at];
                numbers += piece.HasDigit ? 1 : 0;
                letters += piece.HasLetter ? 1 : 0;
                odd += piece.IsOdd ? 1 : 0;
                irregular += piece.IsIrregular ? 1 : 0;
                // The last piece of a text that was cut into equal ones is shorter.
                equal &= piece.Length == run[from].Length || (at == run.Count - 1 && piece.Length < run[from].Length);
                hex &= IsPair(piece);
                var pieces = at - from + 1;
                if ((pieces >= FewestPieces && odd >= 2 && numbers >= FewestPieces)
                    || (pieces >= FewestEqual && equal && run[from].Length > 2 && (irregular >= 2 || (numbers >= 2 && odd >= 1)))
                    || (pieces >= FewestOfMany && equal && run[from].Length > 2 && irregular + numbers >= 2)
                    || (pieces >= FewestPairs && hex && numbers > 0 && letters > 0))
                    return true;
            }
        }

        return false;
    }

    // A byte in hexadecimal.
    private static bool IsPair(Piece piece) => piece.IsHex && piece.Length == 2;

    private static Piece PieceOf(ReadOnlySpan<char> token)
    {
        var shape = TokenShape.Of(token);
        var isMixed = shape.Digits > 0 && shape.Digits < token.Length;
        return new Piece(token.Length, shape.Digits > 0, shape.Digits < token.Length, isMixed && !IsOrdinary(token, shape), IsIrregular(token, shape), shape.IsHex);
    }

    // b12, d3, q10 of vitamins and tests; 5k, 2nd, 10mg of amounts and orders.
    private static bool IsOrdinary(ReadOnlySpan<char> token, in TokenShape shape) => shape.DigitTurns == 1
        && ((char.IsAsciiLetter(token[0]) && token.Length - shape.Digits == 1) || (char.IsAsciiDigit(token[0]) && !shape.IsHex && !IsUpper(token[shape.Digits..])));

    private static bool IsIrregular(ReadOnlySpan<char> token, in TokenShape shape) =>
        shape.Digits == 0 && token.Length > 2 && shape.CaseTurns > 0 && !(char.IsAsciiLetterUpper(token[0]) && IsLower(token[1..]));

    private static bool IsUpper(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('A', 'Z');

    private static bool IsLower(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('a', 'z');
}
