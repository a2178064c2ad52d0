namespace KpTelemetry.Privacy.Labelling;

/// <summary>Puts <see cref="PageLabel.Value"/> in place of values in a path, also of those that are spread over several segments.</summary>
internal static class ValuePaths
{
    private const int EarliestPublication = 1995;
    private const int LastYear = 2099;
    private const int FewestDigits = 7;
    private const int AddressNumbers = 4;
    private const int FewestOdd = 3;
    private const int GroupNumbers = 3;

    public static void Replace(List<string> segments)
    {
        var original = segments.ToArray();
        for (var i = 0; i < original.Length; i++)
        {
            if (IsScheme(original[i]))
            {
                // A URL in the path: everything from here on is of another site.
                segments.RemoveRange(i, segments.Count - i);
                segments.Add(PageLabel.Value);
                return;
            }

            if (ValueSegments.LooksLikeValue(original[i], i > 0 ? original[i - 1] : ""))
                segments[i] = PageLabel.Value;
        }

        ReplaceRuns(original, segments);
        ReplaceGroups(original, segments);
        ReplaceStreets(original, segments);
        ReplacePieces(original, segments);
        ReplaceOddTokens(original, segments);
    }

    private static bool IsScheme(string segment) => segment.Length > 2 && segment.EndsWith(':') && segment[..^1].All(char.IsAsciiLetter);

    // Numbers, each a segment: 123/45/6789, 05/17/1980, 192/168/1/20; not 2007/05/31 and 2007/Jan/31, under which sites
    // keep what they published, unless the word before them is for a person. The first may end a segment and the last
    // begin one: visit-415/555/0123, 192/168/1/20.portal.
    private static void ReplaceRuns(string[] original, List<string> segments)
    {
        for (var from = 0; from < original.Length; from++)
        {
            var to = from;
            while (to < original.Length && (IsNumberOrMonth(Body(original, to)) || (to > from && IsMonthByNumbers(original, to))))
                to++;
            string[] run = [.. Enumerable.Range(from, to - from).Select(i => Body(original, i))];
            if (run.Length > 0 && !ReplaceRun(original, segments, from, run) && to < original.Length && NumberAtStart(original[to]) is { Length: > 0 } last)
                ReplaceRun(original, segments, from, [.. run, last]);
            from = Math.Max(from, to - 1);
        }
    }

    // Three numbers over segments with other marks between them too: 123-45/6789, 415/555-0123, 05-17/1980.
    private static void ReplaceGroups(string[] original, List<string> segments)
    {
        Span<(int Segment, int Length, bool IsYear)> last = stackalloc (int, int, bool)[GroupNumbers];
        Span<Atom> room = stackalloc Atom[SegmentText.MostAtoms];
        for (var i = 0; i < original.Length; i++)
        {
            var text = SegmentText.Of(original[i], room);
            for (var atom = 0; atom < text.Count; atom++)
            {
                last[1..].CopyTo(last);
                last[^1] = text.IsNumber(atom) && (atom == 0 || text.IsNear(atom)) ? (i, text[atom].Length, NumberRules.IsYear(text[atom])) : default;
                if (last[0].Segment < i && IsGroup(last))
                    Fill(segments, last[0].Segment, i + 1);
            }
        }
    }

    private static bool IsGroup(ReadOnlySpan<(int Segment, int Length, bool IsYear)> numbers) => (numbers[0].Length, numbers[1].Length, numbers[2].Length) is (3, 2 or 3, 4)
        || (numbers[0].Length is 1 or 2 && numbers[1].Length is 1 or 2 && numbers[2].IsYear);

    private static bool ReplaceRun(string[] original, List<string> segments, int from, string[] run)
    {
        var before = from > 0 ? original[from - 1] : "";
        if (EndsValue(before, run))
            Fill(segments, from - 1, from + run.Length);
        else if (run.Length > 1 && (IsValue(run) || (run.Length > 2 && SpeaksOfPerson(before)) || Vocabulary.NamesPersonsDate(before)))
            Fill(segments, from, from + run.Length);
        else
            return false;
        return true;
    }

    // A house number and its street, each a segment: 123/main-street, 1600/pennsylvania/ave. Under a date sites keep what
    // they published.
    private static void ReplaceStreets(string[] original, List<string> segments)
    {
        for (var i = 0; i + 1 < original.Length; i++)
        {
            if (original[i].Length == 1 || !IsNumber(original[i]) || NumberRules.IsBetween(original[i], EarliestPublication, LastYear) || (i > 0 && IsNumberOrMonth(original[i - 1])))
                continue;
            if (IsStreetAddress($"{original[i]}-{original[i + 1]}"))
                Fill(segments, i, i + 2);
            else if (i + 2 < original.Length && IsStreetAddress($"{original[i]}-{original[i + 1]}-{original[i + 2]}"))
                Fill(segments, i, i + 3);
        }
    }

    // Codes of which each segment holds a piece: 7b/c9/d6/44/36/0d, visit-1H44/TA1/VL96.html.
    private static void ReplacePieces(string[] original, List<string> segments)
    {
        for (var from = 0; from < original.Length; from++)
        {
            var to = from;
            while (to < original.Length && PieceRules.MayBePiece(Body(original, to), isFirst: to == from))
                to++;
            // A short word behind the pieces is none of them.
            while (to > from && !PieceRules.MayBePiece(Body(original, to - 1), isFirst: true))
                to--;
            if (to == from)
                continue;
            var first = from > 0 ? PieceRules.PieceAtEnd(original[from - 1]) : "";
            var start = first.Length > 0 ? from - 1 : from;
            var pieces = $"{first}/{string.Join('/', Enumerable.Range(from, to - from).Select(i => Body(original, i)))}";
            var last = to < original.Length ? PieceRules.PieceAtStart(original[to]) : "";
            if (to - start > 1 && PieceRules.FindValue(pieces))
                Fill(segments, start, to);
            else if (last.Length > 0 && PieceRules.FindValue($"{pieces}/{last}"))
                Fill(segments, start, to + 1);
            from = to - 1;
        }
    }

    // Base64 that its own slashes divide: voice/ssPZZK/uUbSSce/gIoOnUl.
    private static void ReplaceOddTokens(string[] original, List<string> segments)
    {
        if (original.Sum(segment => PieceRules.OddTokens(segment)) < FewestOdd)
            return;
        for (var i = 0; i < original.Length; i++)
        {
            if (PieceRules.OddTokens(original[i]) > 0 || PieceRules.HasInnerCapital(original[i]))
                segments[i] = PageLabel.Value;
        }
    }

    private static void Fill(List<string> segments, int from, int to)
    {
        for (var i = from; i < to; i++)
            segments[i] = PageLabel.Value;
    }

    // The last segment without the extension of a file.
    private static string Body(string[] segments, int i)
    {
        var dot = i == segments.Length - 1 ? segments[i].LastIndexOf('.') : -1;
        return dot > 0 ? segments[i][..dot] : segments[i];
    }

    private static string NumberAtStart(string segment)
    {
        var end = segment.AsSpan().IndexOfAnyExceptInRange('0', '9');
        return end > 0 && IsNumber(segment[..end]) && (!char.IsLetter(segment[end]) || NumberRules.IsYear(segment.AsSpan(0, end))) ? segment[..end] : "";
    }

    // The number or the month's name that a segment ends with.
    private static string PartAtEnd(string segment)
    {
        var start = segment.AsSpan().LastIndexOfAnyExceptInRange('0', '9') + 1;
        if (start == segment.Length)
        {
            while (start > 0 && char.IsLetter(segment[start - 1]))
                start--;
        }

        return IsNumberOrMonth(segment[start..]) ? segment[start..] : "";
    }

    // The numbers go on from a segment that ends with one: visit-415/555/0123, born-03/21/1940, to-May/17/1940.
    private static bool EndsValue(string before, string[] run)
    {
        var first = PartAtEnd(before);
        if (first.Length == 0)
            return false;
        var areNumbers = IsNumber(first) && Array.TrueForAll(run, IsNumber);
        if (first.Length < before.Length && char.IsLetter(before[^(first.Length + 1)]))
            return areNumbers && (run.Length >= AddressNumbers - 1 || (run.Length == 2 && first.Length <= 2 && IsValue([first, .. run])));
        if (!areNumbers || (run is [var other] && MonthRules.AreMonthAndYear(first, other)))
            return IsValue([first, .. run]);
        if (run is [{ Length: <= 2 }, var last] && (NumberRules.IsYear(last) || (last.Length <= 2 && NumberRules.IsYear(first))))
            return first.Length <= 2 || !NumberRules.IsBetween(first, EarliestPublication, LastYear);
        return run.Length >= AddressNumbers - 1 || !Array.Exists(run, number => NumberRules.IsYear(number)) && first.Length + run.Sum(number => number.Length) >= FewestDigits;
    }

    private static bool IsValue(ReadOnlySpan<string> run)
    {
        if (IsNumber(run[0]) && NumberRules.IsYear(run[0]) && NumberRules.IsBetween(run[0], EarliestPublication, LastYear))
            return run.Length > 3 && IsValue(run[1..]);
        if (run.Length == 2 && MonthRules.AreMonthAndYear(run[0], run[1]))
            return true;
        var (digits, years, numbers) = (0, 0, 0);
        foreach (var part in run)
        {
            if (!IsNumber(part))
                continue;
            (numbers, digits, years) = (numbers + 1, digits + part.Length, years + (NumberRules.IsYear(part) ? 1 : 0));
        }

        return (run.Length > 2 && years > 0) || (numbers > 1 && digits >= FewestDigits) || numbers >= AddressNumbers;
    }

    private static bool IsStreetAddress(string text)
    {
        Span<Atom> room = stackalloc Atom[SegmentText.MostAtoms];
        return PersonRules.IsStreetAddress(SegmentText.Of(text, room));
    }

    /// <summary>Whether a word of a person stands in the segment.</summary>
    public static bool SpeaksOfPerson(string segment)
    {
        Span<Atom> room = stackalloc Atom[SegmentText.MostAtoms];
        return PersonRules.SpeaksOfPerson(SegmentText.Of(segment, room));
    }

    private static bool IsNumberOrMonth(string segment) => IsNumber(segment) || Vocabulary.IsMonth(segment);

    // A month as Romans count between two numbers, and a week behind a year: 17/V/1980, 1980/W20.
    private static bool IsMonthByNumbers(string[] original, int i) => IsNumber(original[i - 1])
        && (MonthRules.IsRoman(original[i]) ? i + 1 < original.Length && IsNumber(Body(original, i + 1)) : NumberRules.IsYear(original[i - 1]) && MonthRules.IsWeek(Body(original, i)));

    private static bool IsNumber(string segment) => segment.Length <= AddressNumbers && !segment.AsSpan().ContainsAnyExceptInRange('0', '9');
}
