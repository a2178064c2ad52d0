namespace KpTelemetry.Privacy.Labelling;

/// <summary>
/// Numbers by themselves and side by side: dates, telephone and social security numbers, IPv4 addresses, coordinates,
/// codes; not versions (10.15.7), years (2012-2013), small numbers, and four digits of a product's or a form's name.
/// </summary>
internal static class NumberRules
{
    private const int MostDigits = 8;
    private const int MostOfTwo = 6;
    private const int MostOfThree = 6;
    private const int FewestFramed = 3;

    public static bool FindValue(in SegmentText text, bool mayBeFile)
    {
        var (digits, codes, isComparison) = (0, 0, false);
        for (var atom = 0; atom < text.Count; atom++)
        {
            isComparison |= !text.IsNumber(atom) && Vocabulary.Joins(text[atom]);
            if (!text.IsNumber(atom) || IsYear(text[atom]) || IsRound(text, atom) || IsHundreds(text, atom) || (mayBeFile && IsDateOfFile(text, atom)))
                continue;
            digits += text[atom].Length;
            codes += text[atom].Length == 4 && text.StandsAlone(atom) ? 1 : 0;
        }

        return digits > MostDigits || (codes > 1 && !isComparison) || HasFineFraction(text) || AnyRunIsValue(text, mayBeFile);
    }

    // A coordinate, 37.7749: no version counts its parts in thousands.
    private static bool HasFineFraction(in SegmentText text)
    {
        for (var atom = 1; atom < text.Count && !text.HasWords; atom++)
        {
            if (text.IsNumber(atom) && text.IsNumber(atom - 1) && text.Before(atom) == '.' && text[atom].Length >= 4 && !IsMonthAndYear(text[atom - 1], text[atom]) && !IsOfBuild(text, atom - 1))
                return true;
        }

        return false;
    }

    // 05.2015, as archives are named; 37.2015 is a place.
    private static bool IsMonthAndYear(ReadOnlySpan<char> month, ReadOnlySpan<char> year) => IsYear(year) && month.Length <= 2 && IsBetween(month, 1, 12);

    public static bool IsYear(ReadOnlySpan<char> number) => number.Length == 4 && IsBetween(number, 1900, 2099);

    public static bool IsBetween(ReadOnlySpan<char> digits, int from, int to)
    {
        if (digits.Length > 8)
            return false;
        var number = 0;
        foreach (var digit in digits)
            number = (number * 10) + (digit - '0');
        return number >= from && number <= to;
    }

    private static bool AnyRunIsValue(in SegmentText text, bool mayBeFile)
    {
        for (var from = 0; from < text.Count; from++)
        {
            if (!IsPlain(text, from, mayBeFile))
                continue;
            var to = from + 1;
            while (to < text.Count && text.IsNear(to) && IsPlain(text, to, mayBeFile))
                to++;
            if (RunIsValue(text, from, to, MostOfThree))
                return true;
            from = to - 1;
        }

        return AnyFramedRunIsValue(text);
    }

    // Letters that touch the first number or the last, x01-02-1925x, hide no date and no telephone
    // number; x12-270-271 is a standard, and 1.21.4-1ubuntu2 with marks that differ a version.
    private static bool AnyFramedRunIsValue(in SegmentText text)
    {
        for (var from = 0; from < text.Count; from++)
        {
            var to = from;
            while (to < text.Count && text.IsNumber(to) && (to == from || text.IsNear(to)))
                to++;
            if (to - from >= FewestFramed && (text.IsFused(from) || text.IsFused(to)) && (to - from == FewestFramed || AreAlike(text, from, to)) && RunIsValue(text, from, to, MostDigits))
                return true;
            from = Math.Max(from, to - 1);
        }

        return false;
    }

    private static bool AreAlike(in SegmentText text, int from, int to)
    {
        for (var atom = from + 2; atom < to; atom++)
        {
            if (text.Before(atom) != text.Before(from + 1))
                return false;
        }

        return true;
    }

    private static bool IsPlain(in SegmentText text, int atom, bool mayBeFile) => text.StandsAlone(atom) && !(mayBeFile && IsDateOfFile(text, atom));

    private static bool RunIsValue(in SegmentText text, int from, int to, int mostOfThree)
    {
        var (digits, years, longestOther) = (0, 0, 0);
        for (var atom = from; atom < to; atom++)
        {
            digits += text[atom].Length;
            if (IsYear(text[atom]))
                years++;
            else
                longestOther = Math.Max(longestOther, text[atom].Length);
        }

        var numbers = to - from;
        return numbers != years && numbers switch
        {
            1 => SingleIsValue(text, from),
            2 => PairIsValue(text, from, digits, years, longestOther) || IsInThousands(text, from),
            3 => !IsOfBuild(text, from + 1) && (years == 2 ? longestOther > 2 : years == 1 || digits > mostOfThree || IsShortDate(text, from)),
            _ => !IsCount(text, from, to),
        };
    }

    // 94601-2 is no more of a name than 94601; pi-3.14159 is.
    private static bool PairIsValue(in SegmentText text, int from, int digits, int years, int longestOther) =>
        !(years == 1 && IsOfDocument(text, from, longestOther)) && !(IsHundreds(text, from) && IsHundreds(text, from + 1))
        && (digits > MostOfTwo || IsLong(text, from) || (IsLong(text, from + 1) && !(text.HasWords && text.Before(from + 1) == '.')));

    private static bool IsLong(in SegmentText text, int atom) => text[atom].Length > 4 && SingleIsValue(text, atom);

    // 121.0.6167, a build of a version: no date has a month 0, no telephone or social security number a group of one digit.
    private static bool IsOfBuild(in SegmentText text, int middle) =>
        middle > 0 && middle + 1 < text.Count && text[middle] is "0" && text.Before(middle) == '.' && text.Before(middle + 1) == '.' && text[middle - 1][0] != '0' && text[middle - 1].Length <= 3 && text[middle + 1].Length <= 5;

    // 5-4-3-2-1: every number is one from the number before.
    private static bool IsCount(in SegmentText text, int from, int to)
    {
        if (!text.HasWords || to - from > MostOfTwo)
            return false;
        for (var atom = from; atom < to; atom++)
        {
            if (text[atom].Length != 1 || (atom > from && (text.Before(atom) != '-' || text[atom][0] - text[atom - 1][0] != text[from + 1][0] - text[from][0])))
                return false;
        }

        return Math.Abs(text[from + 1][0] - text[from][0]) == 1;
    }

    // 3000-6000: round numbers of things.
    private static bool IsHundreds(in SegmentText text, int atom) =>
        text.HasWords && text[atom].Length == 4 && text[atom].EndsWith("00", StringComparison.Ordinal) && text[atom][0] != '0';

    // 12,345 and 12 345, by themselves.
    private static bool IsInThousands(in SegmentText text, int from) =>
        !text.HasWords && text.Before(from + 1) is ',' or ' ' && text[from].Length > 1 && text[from + 1].Length == 3;

    // form-1095-2025, cve-2021-44228.
    private static bool IsOfDocument(in SegmentText text, int from, int digits) =>
        text.HasWords && (digits == 4 || (digits == 5 && from > 0 && Vocabulary.IsStandard(text[from - 1])));

    private static bool SingleIsValue(in SegmentText text, int atom) => text[atom].Length switch
    {
        <= 3 => false,
        4 => text.Count == 1,
        5 when atom > 0 && Vocabulary.IsStandard(text[atom - 1]) => false,
        _ => !IsRound(text, atom),
    };

    // 10000-steps-a-day: a round number of things, where a word says of what.
    private static bool IsRound(in SegmentText text, int atom) =>
        text.HasWords && text[atom][0] != '0' && (text[atom].Length is 5 or 6 ? text[atom].EndsWith("000", StringComparison.Ordinal) : text[atom].Length == 7 && text[atom].EndsWith("00000", StringComparison.Ordinal));

    // 17-05-80 in any order. With dots only when a part has a leading zero, or there is no word: versions look like the rest.
    private static bool IsShortDate(in SegmentText text, int from)
    {
        var first = text[from];
        var second = text[from + 1];
        var third = text[from + 2];
        if (first.Length > 2 || second.Length > 2 || third.Length > 2 || IsDose(text, from))
            return false;
        if (text.Before(from + 1) == '.' && text.HasWords && first[0] != '0' && second[0] != '0' && third[0] != '0')
            return false;
        if (text.Before(from + 1) == '.' && (first.Length < 2 || second.Length < 2 || third.Length < 2))
            return false;
        return (third.Length == 2 && IsDayAndMonth(first, second)) || (first.Length == 2 && IsDayAndMonth(second, third));
    }

    // hctz-20-12.5: a date has one mark.
    private static bool IsDose(in SegmentText text, int from) =>
        text.HasWords && text.Before(from + 1) == '-' && text.Before(from + 2) == '.' && text[from + 2].Length == 1 && text[from][0] != '0' && text[from + 1][0] != '0';

    private static bool IsDayAndMonth(ReadOnlySpan<char> one, ReadOnlySpan<char> other) =>
        IsBetween(one, 1, 31) && IsBetween(other, 1, 31) && (IsBetween(one, 1, 12) || IsBetween(other, 1, 12));

    // Versions by date, such as tool-2.20110530.html: from 1995 on and at the end of a file's name, so that no date of
    // birth of an adult passes, nor a bare date.
    private static bool IsDateOfFile(in SegmentText text, int atom) =>
        atom > 0 && text.HasWords && text.StandsAlone(atom) && text.IsLast(atom) && !text.IsNumber(0)
        && text[atom].Length == 8 && IsBetween(text[atom][..4], 1995, 2099) && IsBetween(text[atom][4..6], 1, 12) && IsBetween(text[atom][6..], 1, 31);
}
