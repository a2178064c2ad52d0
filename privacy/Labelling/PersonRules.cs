namespace KpTelemetry.Privacy.Labelling;

/// <summary>Numbers that a word says are a person's: identifiers, dates with a month's name, ages over 89, street addresses, names beside a number.</summary>
internal static class PersonRules
{
    private const int EldestTold = 89;
    private const int EldestEver = 130;

    /// <summary>Whether the segment, after the segment before it (empty for the first), holds such a number.</summary>
    public static bool FindValue(in SegmentText text, ReadOnlySpan<char> before)
    {
        Span<Atom> room = stackalloc Atom[SegmentText.MostAtoms];
        return FollowsIdentifier(text, SegmentText.Of(before, room)) || HasDateOfPerson(text) || HasIdentifier(text) || MonthRules.FindValue(text)
            || LastDigits.FindValue(text) || HasAge(text) || HasStreetAddress(text) || HasNameAndNumber(text);
    }

    /// <summary>Whether the segment speaks of a person, so that a date in it is no version.</summary>
    public static bool SpeaksOfPerson(in SegmentText text)
    {
        for (var atom = 0; atom < text.Count; atom++)
        {
            if (!text.IsNumber(atom) && (Vocabulary.NamesIdentifier(text[atom]) || Vocabulary.NamesPerson(text[atom]) || Vocabulary.NamesPersonsDate(text[atom])))
                return true;
        }

        return false;
    }

    private static bool FollowsIdentifier(in SegmentText text, in SegmentText before)
    {
        if (LastDigits.AreAnnouncedBy(before))
            return Digits(text) > 3;
        if (before.Count == 0 || before.IsNumber(before.Count - 1))
            return false;
        var isNumbered = before.Count > 1 && Vocabulary.IsFiller(before[before.Count - 1]) && (Vocabulary.NamesIdentifier(before[before.Count - 2]) || Vocabulary.NamesPerson(before[before.Count - 2]));
        var word = before[before.Count - (isNumbered ? 2 : 1)];
        if (Vocabulary.NamesPersonsDate(word) || EndsWithBirth(before))
            return (IsDateOnly(text) || (text.IsNumber(0) && EndsWithBirth(before))) && !(text.IsBareNumber && NumberRules.IsYear(text[0]));
        if (Vocabulary.NamesIdentifier(word))
            return Digits(text) > 1;
        if (Vocabulary.NamesPerson(word))
            return (text.IsBareNumber || text.IsCode || BeginsWithIdentifier(text)) && !(text.IsNumber(0) && NumberRules.IsYear(text[0]));
        return text.IsBareNumber && IsAgeWord(word) && IsTellingAge(text[0]);
    }

    // 733pvG2, of /chart/733pvG2.
    private static bool BeginsWithIdentifier(in SegmentText text) =>
        text.IsNumber(0) && text[0].Length > 2 && !Vocabulary.IsPublic(text[0]);

    private static int Digits(in SegmentText text)
    {
        var digits = 0;
        for (var atom = 0; atom < text.Count; atom++)
            digits += text.IsNumber(atom) ? text[atom].Length : 0;
        return digits;
    }

    private static bool IsDateOnly(in SegmentText text)
    {
        for (var atom = 0; atom < text.Count; atom++)
        {
            if (!text.IsNumber(atom) && !Vocabulary.IsMonth(text[atom]) && !Vocabulary.IsDateFiller(text[atom]))
                return false;
        }

        return Digits(text) > 0;
    }

    private static bool HasDateOfPerson(in SegmentText text)
    {
        for (var atom = 0; atom < text.Count; atom++)
        {
            if (!text.IsNumber(atom) && Vocabulary.NamesPersonsDate(text[atom]) && (MonthRules.HasDayOfMonth(text) || (NumberNear(text, atom) is >= 0 and var number && !NumberRules.IsYear(text[number]) && (Digits(text) > 2 || IsOfBirth(text, atom)))))
                return true;
        }

        return false;
    }

    private static bool EndsWithBirth(in SegmentText text) => text.Count switch
    {
        1 => Vocabulary.NamesDateOfBirth(text[0]),
        > 1 when IsDateWord(text, text.Count - 1) => Vocabulary.NamesPersonsDate(text[text.Count - 2]),
        _ => Vocabulary.NamesPersonsDate(text[text.Count - 1]) && IsOfBirth(text, text.Count - 1),
    };

    // dob, birth-date, date-of-birth.
    private static bool IsOfBirth(in SegmentText text, int word) => Vocabulary.NamesDateOfBirth(text[word]) || IsDateWord(text, word + 1)
        || (word > 1 && text[word - 1].Equals("of", StringComparison.OrdinalIgnoreCase) && IsDateWord(text, word - 2));

    private static bool IsDateWord(in SegmentText text, int atom) => atom < text.Count && text[atom].Equals("date", StringComparison.OrdinalIgnoreCase);

    private static bool HasIdentifier(in SegmentText text)
    {
        for (var atom = 0; atom < text.Count; atom++)
        {
            if (text.IsNumber(atom) || NumberNear(text, atom) is not (>= 0 and var number) || (NumberRules.IsYear(text[number]) && !Vocabulary.NamesNoYear(text[atom])))
                continue;
            var digits = text[number].Length;
            if (Vocabulary.NamesIdentifier(text[atom]) && digits >= 2)
                return true;
            if (Vocabulary.NamesPerson(text[atom]) && (digits > 2 || (digits == 2 && number == atom + 1 && text.IsFused(number))) && !Vocabulary.IsPublic(text[number]))
                return true;
        }

        return false;
    }

    // The number after a word, with "no", "number", "id" between them or not, or with letters of its own: mrn-K1234; -1 for none.
    private static int NumberNear(in SegmentText text, int word)
    {
        var next = word + 1;
        for (var fillers = 0; fillers < 2 && next < text.Count && text.IsNear(next) && !text.IsNumber(next) && Vocabulary.IsFiller(text[next]); fillers++)
            next++;
        if (next < text.Count && text.IsNear(next) && !text.IsNumber(next) && text[next].Length <= 2 && text.IsFused(next + 1) && text.IsNumber(next + 1) && text[next + 1].Length > 1)
            return next + 1;
        return next < text.Count && text.IsNear(next) && text.IsNumber(next) ? next : -1;
    }

    private static bool HasAge(in SegmentText text)
    {
        for (var atom = 0; atom < text.Count; atom++)
        {
            if (!text.IsNumber(atom) || !IsTellingAge(text[atom]) || IsOpenBand(text, atom))
                continue;
            if ((atom > 0 && IsAgeWord(text[atom - 1])) || (atom > 1 && Vocabulary.IsFiller(text[atom - 1]) && IsAgeWord(text[atom - 2])))
                return true;
            if (atom + 1 < text.Count && (text[atom + 1].Equals("yo", StringComparison.OrdinalIgnoreCase) || text[atom + 1].Equals("yrs", StringComparison.OrdinalIgnoreCase)))
                return true;
            if (atom + 1 < text.Count && Vocabulary.IsAgeUnit(text[atom + 1]) && IsAgeIn(text, atom))
                return true;
            if (atom + 2 < text.Count && text[atom + 1].StartsWith("y", StringComparison.OrdinalIgnoreCase) && text[atom + 2].Equals("old", StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    // 93-años, mujer-de-93-años, 93-años-de-edad; not 100-años-de-historia, nor cumple-100-años.
    private static bool IsAgeIn(in SegmentText text, int atom) =>
        atom + 2 == text.Count ? atom == 0 || Vocabulary.JoinsAge(text[atom - 1]) : IsAgeWord(text[atom + 2]) || (atom + 3 < text.Count && Vocabulary.JoinsAge(text[atom + 2]) && IsAgeWord(text[atom + 3]));

    private static bool IsTellingAge(ReadOnlySpan<char> number) => number.Length is 2 or 3 && NumberRules.IsBetween(number, EldestTold + 1, EldestEver);

    // 90-plus is the band on top, which is what may be told (P7).
    private static bool IsOpenBand(in SegmentText text, int atom) =>
        atom + 1 < text.Count && (text[atom + 1].Equals("plus", StringComparison.OrdinalIgnoreCase) || text[atom + 1].Equals("and", StringComparison.OrdinalIgnoreCase));

    private static bool IsAgeWord(ReadOnlySpan<char> word) =>
        word.Equals("age", StringComparison.OrdinalIgnoreCase) || word.Equals("aged", StringComparison.OrdinalIgnoreCase) || word.Equals("edad", StringComparison.OrdinalIgnoreCase)
        || word.Equals("idade", StringComparison.OrdinalIgnoreCase) || word.Equals("alt", StringComparison.OrdinalIgnoreCase);

    // A number, one to three words, and a word for a street: 1600-pennsylvania-ave; or a post office box.
    private static bool HasStreetAddress(in SegmentText text)
    {
        for (var atom = 0; atom + 2 < text.Count; atom++)
        {
            if (text[atom].Equals("po", StringComparison.OrdinalIgnoreCase) && text[atom + 1].Equals("box", StringComparison.OrdinalIgnoreCase) && text.IsNumber(atom + 2))
                return true;
            if (text.StandsAlone(atom) && text[atom].Length <= 5 && StreetAfter(text, atom) is >= 0 and var street && (!NumberRules.IsYear(text[atom]) || street == text.Count - 1))
                return true;
        }

        return false;
    }

    /// <summary>Whether the text is a house number and its street, and nothing else.</summary>
    public static bool IsStreetAddress(in SegmentText text) => text.Count > 2 && text.StandsAlone(0) && StreetAfter(text, 0) == text.Count - 1;

    // The word for a street, after one to three others; -1 for none.
    private static int StreetAfter(in SegmentText text, int number)
    {
        for (var atom = number + 1; atom < text.Count && atom <= number + 4; atom++)
        {
            if (atom > number + 1 && (Vocabulary.IsStreet(text[atom]) || (text[number].Length > 2 && Vocabulary.MayBeStreet(text[atom]))))
                return atom;
            if (Vocabulary.IsOfNoAddress(text[atom]))
                return -1;
        }

        return -1;
    }

    // jane-doe-1980, smith.john.42, 80_doe_jane, jane-r-doe-80, jane1980: a person's name with a number.
    private static bool HasNameAndNumber(in SegmentText text)
    {
        var (letters, names, number) = (0, 0, -1);
        for (var atom = 0; atom < text.Count; atom++)
        {
            if (text.IsNumber(atom))
            {
                number = text[atom].Length >= 2 ? atom : number;
                continue;
            }

            if (Vocabulary.IsNoPersons(text[atom]))
                return false;
            // The initial between two names.
            letters += atom > 0 && atom + 1 < text.Count && text[atom].Length == 1 && !text.IsNumber(atom - 1) && !text.IsNumber(atom + 1) ? 0 : 1;
            names += Vocabulary.IsPersonsName(text[atom]) ? 1 : 0;
        }

        return number >= 0 && names > 0 && ((letters == 2 && (number == 0 || text.IsLast(number))) || (letters == 1 && text.Count == 2 && text.IsFused(1)));
    }
}
