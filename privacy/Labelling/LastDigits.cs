namespace KpTelemetry.Privacy.Labelling;

/// <summary>The end of a longer number, which words or a mask announce: ssn-last-four-6789, last4-6789, card-ending-in-1234, xxx-xx-6789.</summary>
internal static class LastDigits
{
    private const int FewestDigits = 4;
    private const int MostFillers = 3;
    private const int ShortestMask = 3;

    /// <summary>Whether the segment holds such digits.</summary>
    public static bool FindValue(in SegmentText text)
    {
        for (var atom = 0; atom < text.Count; atom++)
        {
            if (AfterWords(text, atom) is >= 0 and var next && Announces(text, next, isCertain: NamesNumber(text)))
                return true;
            if (AfterMask(text, atom) is >= 0 and var shown && Announces(text, shown, isCertain: true))
                return true;
        }

        return false;
    }

    /// <summary>Whether a segment ends with the words, so that the next one is the digits: last-four/6789.</summary>
    public static bool AreAnnouncedBy(in SegmentText before)
    {
        for (var atom = 0; atom < before.Count; atom++)
        {
            if (AfterWords(before, atom) == before.Count)
                return Vocabulary.IsLast(before[atom]) || NamesNumber(before);
        }

        return false;
    }

    // What looks like a year is the end of a number where a word says of which.
    private static bool Announces(in SegmentText text, int number, bool isCertain) =>
        text.IsNumber(number) && text[number].Length >= FewestDigits && (isCertain || !NumberRules.IsYear(text[number]));

    // Behind "last four" or "ending", and "digits", "in", "of": -1 where there are no such words.
    private static int AfterWords(in SegmentText text, int atom)
    {
        var next = atom + 1;
        if (Vocabulary.IsLast(text[atom]) && next < text.Count && Vocabulary.IsFour(text[next]))
            next++;
        else if (!Vocabulary.IsEnding(text[atom]))
            return -1;
        for (var fillers = 0; fillers < MostFillers && next < text.Count && Vocabulary.IsEndFiller(text[next]); fillers++)
            next++;
        return next;
    }

    // xxxx-1234, xxx-xx-6789: three letters that hide a number, four where nothing else is hidden.
    private static int AfterMask(in SegmentText text, int atom)
    {
        var (next, hidden) = (atom, 0);
        for (; next < text.Count && !text.IsNumber(next) && !text[next].ContainsAnyExcept("xX"); next++)
            hidden += text[next].Length;
        return hidden > ShortestMask && text[atom].Length >= ShortestMask ? next : -1;
    }

    private static bool NamesNumber(in SegmentText text)
    {
        for (var atom = 0; atom < text.Count; atom++)
        {
            if (!text.IsNumber(atom) && (Vocabulary.IsCard(text[atom]) || Vocabulary.NamesIdentifier(text[atom])))
                return true;
        }

        return false;
    }
}
