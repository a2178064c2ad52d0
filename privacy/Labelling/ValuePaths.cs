namespace KpTelemetry.Privacy.Labelling;

/// <summary>Puts <see cref="PageLabel.Value"/> in place of values in a path, also of those that are spread over several segments.</summary>
internal static class ValuePaths
{
    private const int EarliestPublication = 1995;
    private const int LastYear = 2099;
    private const int FewestDigits = 7;
    private const int AddressNumbers = 4;

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
        ReplacePieces(original, segments);
    }

    private static bool IsScheme(string segment) => segment.Length > 2 && segment.EndsWith(':') && segment[..^1].All(char.IsAsciiLetter);

    // Numbers, each a segment: 123/45/6789, 05/17/1980, 192/168/1/20; not 2007/05/31 and 2007/Jan/31, under which sites
    // keep what they published, unless the word before them is for a person.
    private static void ReplaceRuns(string[] original, List<string> segments)
    {
        for (var from = 0; from < original.Length; from++)
        {
            var to = from;
            while (to < original.Length && IsNumberOrMonth(Body(original, to)))
                to++;
            var run = Enumerable.Range(from, to - from).Select(i => Body(original, i)).ToArray();
            if (run.Length > 0 && from > 0 && EndsValue(NumberAtEnd(original[from - 1]), run))
                Fill(segments, from - 1, to);
            else if (run.Length > 1 && (IsValue(run) || (run.Length > 2 && from > 0 && SpeaksOfPerson(original[from - 1]))))
                Fill(segments, from, to);
            from = Math.Max(from, to - 1);
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
            if (to - start > 1 && PieceRules.FindValue($"{first}/{string.Join('/', Enumerable.Range(from, to - from).Select(i => Body(original, i)))}"))
                Fill(segments, start, to);
            from = to - 1;
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

    private static string NumberAtEnd(string segment)
    {
        var start = segment.AsSpan().LastIndexOfAnyExceptInRange('0', '9') + 1;
        return start > 0 && !char.IsLetter(segment[start - 1]) ? segment[start..] : "";
    }

    // The numbers go on from a segment that ends with one: visit-415/555/0123, born-03/21/1940.
    private static bool EndsValue(string first, string[] run)
    {
        if (first.Length == 0 || !IsNumber(first) || !Array.TrueForAll(run, IsNumber))
            return false;
        if (run is [{ Length: <= 2 }, var last] && (NumberRules.IsYear(last) || (last.Length <= 2 && NumberRules.IsYear(first))))
            return first.Length <= 2 || !NumberRules.IsBetween(first, EarliestPublication, LastYear);
        return !Array.Exists(run, number => NumberRules.IsYear(number)) && first.Length + run.Sum(number => number.Length) >= FewestDigits;
    }

    private static bool IsValue(ReadOnlySpan<string> run)
    {
        if (IsNumber(run[0]) && NumberRules.IsYear(run[0]) && NumberRules.IsBetween(run[0], EarliestPublication, LastYear))
            return run.Length > 3 && IsValue(run[1..]);
        var (digits, years, numbers) = (0, 0, 0);
        foreach (var part in run)
        {
            if (!IsNumber(part))
                continue;
            (numbers, digits, years) = (numbers + 1, digits + part.Length, years + (NumberRules.IsYear(part) ? 1 : 0));
        }

        return (run.Length > 2 && years > 0) || (numbers > 1 && digits >= FewestDigits) || numbers >= AddressNumbers;
    }

    private static bool SpeaksOfPerson(string segment)
    {
        Span<Atom> room = stackalloc Atom[SegmentText.MostAtoms];
        return PersonRules.SpeaksOfPerson(SegmentText.Of(segment, room));
    }

    private static bool IsNumberOrMonth(string segment) => IsNumber(segment) || Vocabulary.IsMonth(segment);

    private static bool IsNumber(string segment) => segment.Length <= AddressNumbers && !segment.AsSpan().ContainsAnyExceptInRange('0', '9');
}
