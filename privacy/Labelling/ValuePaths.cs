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
    }

    private static bool IsScheme(string segment) => segment.Length > 2 && segment.EndsWith(':') && segment[..^1].All(char.IsAsciiLetter);

    // Numbers, each a segment: 123/45/6789, 05/17/1980, 192/168/1/20; not 2007/05/31 and 2007/Jan/31, under which sites
    // keep what they published, unless the word before them is for a person.
    private static void ReplaceRuns(string[] original, List<string> segments)
    {
        for (var from = 0; from < original.Length; from++)
        {
            var to = from;
            while (to < original.Length && IsNumberOrMonth(original[to]))
                to++;
            if (to - from > 1 && (IsValue(original.AsSpan(from, to - from)) || (to - from > 2 && from > 0 && SpeaksOfPerson(original[from - 1]))))
            {
                for (var i = from; i < to; i++)
                    segments[i] = PageLabel.Value;
            }

            from = Math.Max(from, to - 1);
        }
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
