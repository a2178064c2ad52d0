using KpTelemetry.Privacy.Minimising;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>
/// Tells a value (an id, a date, an address, a secret) from a name in one segment of a path. Wrong towards "value" costs
/// a page its name; wrong towards "name" leaves the release rule alone between a value and a reader.
/// </summary>
internal static class ValueSegments
{
    private const int LongestSegment = 100;
    private const int LongestToken = 40;
    private const int MostTokens = 32;

    /// <summary>Whether the decoded segment, without slashes, looks like a value.</summary>
    public static bool LooksLikeValue(ReadOnlySpan<char> segment)
    {
        if (segment.Length > LongestSegment || segment.ContainsAny("@=&:\uFFFD") || HasControl(segment) || MaskIdentifiers.WasApplied(segment))
            return true;
        Span<Range> tokens = stackalloc Range[MostTokens];
        var count = Split(segment, tokens);
        if (count == MostTokens)
            return true;
        return AnyTokenIsValue(segment, tokens[..count]) || NumbersAreValue(segment, tokens[..count])
            || IsUuid(segment) || IsStreetAddress(segment, tokens[..count]);
    }

    private static bool HasControl(ReadOnlySpan<char> segment)
    {
        foreach (var character in segment)
        {
            if (char.IsControl(character))
                return true;
        }

        return false;
    }

    // Tokens are runs of letters and digits.
    private static int Split(ReadOnlySpan<char> segment, Span<Range> tokens)
    {
        var count = 0;
        for (var at = 0; at < segment.Length && count < tokens.Length; at++)
        {
            var start = at;
            while (at < segment.Length && char.IsLetterOrDigit(segment[at]))
                at++;
            if (at > start)
                tokens[count++] = start..at;
        }

        return count;
    }

    private static bool AnyTokenIsValue(ReadOnlySpan<char> segment, ReadOnlySpan<Range> tokens)
    {
        foreach (var range in tokens)
        {
            var token = segment[range];
            if (TokenIsValue(token) && !IsDateOfFile(token, segment, range))
                return true;
        }

        return false;
    }

    private static bool TokenIsValue(ReadOnlySpan<char> token)
    {
        var shape = TokenShape.Of(token);
        if (shape.Digits == token.Length)
            return token.Length >= 5 || (token.Length == 4 && !IsYear(token));
        return token.Length > LongestToken
            || shape.LongestDigitRun >= 6
            || IsHexadecimal(token, shape)
            || (token.Length >= 8 && shape.DigitTurns >= 3)
            || (token.Length >= 20 && shape.Digits >= 2)
            || (token.Length >= 16 && shape.CaseTurns * 3 >= token.Length);
    }

    private static bool IsHexadecimal(ReadOnlySpan<char> token, in TokenShape shape) =>
        shape.IsHex && ((token.Length >= 8 && shape.Digits >= 2) || token.Length >= 16);

    // Versions by date, such as tool-2.20110530.html: from 1995 on and in a file's name, so that no date of birth of an
    // adult passes, nor a bare date.
    private static bool IsDateOfFile(ReadOnlySpan<char> token, ReadOnlySpan<char> segment, Range range)
    {
        var (start, length) = range.GetOffsetAndLength(segment.Length);
        return start > 0 && token.Length == 8 && char.IsAsciiLetter(segment[0]) && TokenShape.Of(token).Digits == 8
            && IsBetween(token[..4], 1995, 2099) && IsBetween(token[4..6], 1, 12) && IsBetween(token[6..], 1, 31)
            && IsExtension(segment[(start + length)..]);
    }

    private static bool IsExtension(ReadOnlySpan<char> rest) =>
        rest.Length is >= 2 and <= 6 && rest[0] == '.' && char.IsAsciiLetter(rest[1]) && !rest[1..].ContainsAnyExceptInRange('0', 'z');

    // Numbers side by side: dates, telephone and social security numbers, IPv4 addresses; not versions (10.15.7) and not
    // spans of years (2012-2013).
    private static bool NumbersAreValue(ReadOnlySpan<char> segment, ReadOnlySpan<Range> tokens)
    {
        var (numbers, digits, years) = (0, 0, 0);
        var previousEnd = 0;
        foreach (var range in tokens)
        {
            var (start, length) = range.GetOffsetAndLength(segment.Length);
            var token = segment[range];
            if (token.ContainsAnyExceptInRange('0', '9') || IsDateOfFile(token, segment, range))
            {
                (numbers, digits, years) = (0, 0, 0);
                continue;
            }

            if (numbers > 0 && start - previousEnd > 2)
                (numbers, digits, years) = (0, 0, 0);
            previousEnd = start + length;
            (numbers, digits, years) = (numbers + 1, digits + length, years + (length == 4 && IsYear(token) ? 1 : 0));
            if (numbers > 1 && numbers != years && SpanIsValue(numbers, digits, years))
                return true;
        }

        return false;
    }

    private static bool SpanIsValue(int numbers, int digits, int years) => numbers switch
    {
        2 => digits >= 7,
        3 => digits >= 7 || years == 1,
        _ => true,
    };

    private static bool IsUuid(ReadOnlySpan<char> segment) => segment.Length >= 36 && Guid.TryParseExact(segment[..36], "D", out _);

    private static bool IsStreetAddress(ReadOnlySpan<char> segment, ReadOnlySpan<Range> tokens) =>
        tokens.Length >= 3 && char.IsAsciiDigit(segment[tokens[0]][0]) && IsStreetWord(segment[tokens[^1]]);

    private static bool IsStreetWord(ReadOnlySpan<char> word)
    {
        foreach (var street in (ReadOnlySpan<string>)["st", "street", "ave", "avenue", "rd", "road", "blvd", "boulevard", "dr", "drive", "ln", "lane", "ct", "court"])
        {
            if (word.Equals(street, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static bool IsYear(ReadOnlySpan<char> token) => IsBetween(token, 1900, 2099);

    private static bool IsBetween(ReadOnlySpan<char> digits, int from, int to)
    {
        var number = 0;
        foreach (var digit in digits)
            number = (number * 10) + (digit - '0');
        return number >= from && number <= to;
    }
}
