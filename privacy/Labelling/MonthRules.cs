namespace KpTelemetry.Privacy.Labelling;

/// <summary>
/// Dates with a month's name, a Roman number for it, or a week; and months of years from which no site has anything it
/// published then: 1980-05, may-1980. Of later years a month is what news and archives are named by.
/// </summary>
internal static class MonthRules
{
    private const int EarliestPublication = 1995;
    private const int LastWeek = 53;
    private const int LastDay = 31;

    /// <summary>Whether the segment holds such a date.</summary>
    public static bool FindValue(in SegmentText text) => HasNamedMonth(text) || HasRomanMonth(text) || HasDayOfWeek(text) || HasMonthOfYear(text);

    /// <summary>Whether the two, each a segment of a path, are a month and a year from before sites.</summary>
    public static bool AreMonthAndYear(ReadOnlySpan<char> one, ReadOnlySpan<char> other) =>
        (IsEarlyYear(one) && IsMonthOfYear(other)) || (IsEarlyYear(other) && IsMonthOfYear(one));

    /// <summary>Whether it is a month as Romans count, which only numbers on both sides tell from a letter.</summary>
    public static bool IsRoman(ReadOnlySpan<char> word)
    {
        foreach (var month in (ReadOnlySpan<string>)["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"])
        {
            if (word.Equals(month, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    /// <summary>Whether it is a week of a year, W20.</summary>
    public static bool IsWeek(ReadOnlySpan<char> segment) =>
        segment.Length is 2 or 3 && (segment[0] | 0x20) == 'w' && !segment[1..].ContainsAnyExceptInRange('0', '9') && NumberRules.IsBetween(segment[1..], 1, LastWeek);

    /// <summary>Whether a day of a month stands in the segment without a year: 17-may, may-17.</summary>
    public static bool HasDayOfMonth(in SegmentText text)
    {
        for (var atom = 0; atom < text.Count; atom++)
        {
            if (!text.IsNumber(atom) && Vocabulary.IsMonth(text[atom])
                && ((Neighbour(text, atom, -1) is >= 0 and var before && IsDay(text[before])) || (Neighbour(text, atom, +1) is >= 0 and var after && IsDay(text[after]))))
                return true;
        }

        return false;
    }

    // A day and a year beside a month's name, in any order: 17-may-1980, may-17th-1980, 1980-may-17, 17-de-mayo-de-1980;
    // xmay-17-1980x too.
    private static bool HasNamedMonth(in SegmentText text)
    {
        for (var atom = 0; atom < text.Count; atom++)
        {
            if (text.IsNumber(atom) || !(Vocabulary.IsMonth(text[atom]) || Vocabulary.IsMonth(text[atom][1..])))
                continue;
            var (before, after) = (Neighbour(text, atom, -1), Neighbour(text, atom, +1));
            // nov-1-jan-31, where the day before is another month's.
            if (before > 0 && after >= 0 && !NumberRules.IsYear(text[after]) && Vocabulary.IsMonth(text[before - 1]))
                before = -1;
            var (earlier, later) = (before < 0 ? -1 : Neighbour(text, before, -1), after < 0 ? -1 : Neighbour(text, after, +1));
            if (IsDayAndYear(text, before, after) || IsDayAndYear(text, after, later) || (IsDayAndYear(text, before, earlier) && text[earlier].Length == 4))
                return true;
        }

        return false;
    }

    // 17-v-1980, not 5v-2000mah.
    private static bool HasRomanMonth(in SegmentText text)
    {
        for (var atom = 1; atom + 1 < text.Count; atom++)
        {
            if (!text.IsFused(atom) && !text.IsFused(atom + 1) && IsRoman(text[atom]) && IsDayAndYear(text, text.IsNumber(atom - 1) ? atom - 1 : -1, text.IsNumber(atom + 1) ? atom + 1 : -1)
                && Math.Max(text[atom - 1].Length, text[atom + 1].Length) == 4)
                return true;
        }

        return false;
    }

    // 1980-W20-3, 1980W203.
    private static bool HasDayOfWeek(in SegmentText text)
    {
        for (var atom = 1; atom + 1 < text.Count; atom++)
        {
            if (!text[atom].Equals("w", StringComparison.OrdinalIgnoreCase) || !text.IsNumber(atom - 1) || !NumberRules.IsYear(text[atom - 1]) || !text.IsFused(atom + 1))
                continue;
            var week = text[atom + 1];
            if (week.Length == 3 || (week.Length == 2 && text.IsNear(atom + 2) && text.IsNumber(atom + 2) && text[atom + 2].Length == 1))
                return true;
        }

        return false;
    }

    // Where it is all that the segment says, or a word speaks of a person; beside a word for a person's date of any year.
    private static bool HasMonthOfYear(in SegmentText text)
    {
        var (year, months, others) = (-1, 0, 0);
        for (var atom = 0; atom < text.Count; atom++)
        {
            if (text.IsNumber(atom) && NumberRules.IsYear(text[atom]))
                year = atom;
            else if (IsMonthAt(text, atom) || IsWeekAt(text, atom))
                months++;
            else if (text.IsNumber(atom) || !(Vocabulary.IsDateFiller(text[atom]) || IsWeekWord(text[atom])))
                others++;
        }

        if (year < 0)
            return IsMonthOfShortYear(text);
        return IsEarlyYear(text[year])
            ? (others == 0 && months == 1) || (PersonRules.SpeaksOfPerson(text) && HasMonthBeside(text, year))
            : NamesPersonsDate(text) && HasMonthBeside(text, year);
    }

    // may-80; not may-17.
    private static bool IsMonthOfShortYear(in SegmentText text) =>
        text.Count == 2 && ((Vocabulary.IsMonth(text[0]) && IsEarlyShortYear(text, 1)) || (IsEarlyShortYear(text, 0) && Vocabulary.IsMonth(text[1])));

    private static bool IsEarlyShortYear(in SegmentText text, int atom) =>
        text.IsNumber(atom) && text[atom].Length == 2 && NumberRules.IsBetween(text[atom], LastDay + 1, (EarliestPublication - 1) % 100);

    private static bool HasMonthBeside(in SegmentText text, int year) => IsMonthAt(text, year - 1) || IsMonthAt(text, year + 1)
        || (year > 0 && Vocabulary.IsDateFiller(text[year - 1]) && IsMonthAt(text, year - 2));

    private static bool IsMonthAt(in SegmentText text, int atom) =>
        atom >= 0 && atom < text.Count && (text.IsNumber(atom) ? text[atom].Length <= 2 && NumberRules.IsBetween(text[atom], 1, 12) : Vocabulary.IsMonth(text[atom]));

    private static bool IsWeekAt(in SegmentText text, int atom) =>
        atom > 0 && text.IsNumber(atom) && text[atom].Length <= 2 && NumberRules.IsBetween(text[atom], 1, LastWeek) && IsWeekWord(text[atom - 1]);

    private static bool NamesPersonsDate(in SegmentText text)
    {
        for (var atom = 0; atom < text.Count; atom++)
        {
            if (Vocabulary.NamesPersonsDate(text[atom]))
                return true;
        }

        return false;
    }

    private static bool IsWeekWord(ReadOnlySpan<char> word) =>
        word.Equals("w", StringComparison.OrdinalIgnoreCase) || word.Equals("week", StringComparison.OrdinalIgnoreCase) || word.Equals("kw", StringComparison.OrdinalIgnoreCase);

    private static bool IsEarlyYear(ReadOnlySpan<char> text) =>
        text.Length == 4 && !text.ContainsAnyExceptInRange('0', '9') && NumberRules.IsBetween(text, 1900, EarliestPublication - 1);

    // By two digits: the second part of something is one.
    private static bool IsMonthOfYear(ReadOnlySpan<char> segment) =>
        Vocabulary.IsMonth(segment) || IsWeek(segment) || (segment.Length == 2 && !segment.ContainsAnyExceptInRange('0', '9') && NumberRules.IsBetween(segment, 1, 12));

    private static int Neighbour(in SegmentText text, int atom, int step)
    {
        for (atom += step; atom >= 0 && atom < text.Count; atom += step)
        {
            if (text.IsNumber(atom))
                return atom;
            if (!Vocabulary.IsDateFiller(text[atom]))
                return -1;
        }

        return -1;
    }

    private static bool IsDayAndYear(in SegmentText text, int one, int other) =>
        one >= 0 && other >= 0 && ((IsDay(text[one]) && IsYearOrTwoDigits(text[other])) || (IsDay(text[other]) && IsYearOrTwoDigits(text[one])));

    private static bool IsDay(ReadOnlySpan<char> number) => number.Length <= 2 && NumberRules.IsBetween(number, 1, LastDay);

    private static bool IsYearOrTwoDigits(ReadOnlySpan<char> number) => number.Length == 2 || NumberRules.IsYear(number);
}
