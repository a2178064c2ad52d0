using KpTelemetry.Privacy.Minimising;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>
/// Tells a value (an id, a date, an address, a secret) from a name in one segment of a path (docs/ROUTES.md). Wrong
/// towards "value" costs a page its name; wrong towards "name" leaves the release rule alone between a value and a reader.
/// </summary>
internal static class ValueSegments
{
    private const int LongestSegment = 120;
    private const int MarksOfUrl = 3;

    /// <summary>Whether the decoded and folded segment, without slashes, looks like a value.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="before">The segment before it, which may say what it is; empty for the first.</param>
    public static bool LooksLikeValue(ReadOnlySpan<char> segment, ReadOnlySpan<char> before = default)
    {
        if (segment.Length > LongestSegment || segment.ContainsAny("@=:{}\"\uFFFD°") && !IsNamespace(segment) || HasControl(segment) || MaskIdentifiers.WasApplied(segment))
            return true;
        if (NamesAddressee(segment) || AnyTokenIsValue(segment) || CodeRules.HasBeneficiary(segment) || NetworkAddress.FindValue(segment) || PieceRules.FindValue(segment))
            return true;
        Span<Atom> room = stackalloc Atom[SegmentText.MostAtoms];
        var text = SegmentText.Of(segment, room);
        if (text.Count == SegmentText.MostAtoms)
            return true;
        return IsPlaceCode(segment) || IsSigned(segment, text) || NumberRules.FindValue(text, mayBeFile: !PersonRules.SpeaksOfPerson(text)) || PersonRules.FindValue(text, before);
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

    // Category:Nutrition is how wikis name pages.
    private static bool IsNamespace(ReadOnlySpan<char> segment)
    {
        var colon = segment.IndexOf(':');
        if (colon < 0 || segment[(colon + 1)..].ContainsAny("@=:{}\"\uFFFD°"))
            return false;
        var name = segment[..colon];
        foreach (var known in (ReadOnlySpan<string>)["Special", "Category", "Talk", "Help", "File", "Template", "Portal", "Topic"])
        {
            if (name.SequenceEqual(known))
                return true;
        }

        return false;
    }

    // A host, or a mail address with its sign spelled out.
    private static bool NamesAddressee(ReadOnlySpan<char> segment) =>
        segment.StartsWith("www.", StringComparison.OrdinalIgnoreCase) || Contains(segment, "xn--") || HoldsUrl(segment)
        || Contains(segment, "(at)") || Contains(segment, "[at]") || Contains(segment, "<at>") || Contains(segment, "_at_")
        || ((Contains(segment, "-at-") || Contains(segment, "+at+") || Contains(segment, " at ") || Contains(segment, ".at.")) && (Contains(segment, "-dot-") || Contains(segment, "+dot+") || Contains(segment, " dot ") || EndsAsHost(segment)));

    // A URL whose marks became others: https___example_net.
    private static bool HoldsUrl(ReadOnlySpan<char> segment)
    {
        var scheme = segment.IndexOf("http", StringComparison.OrdinalIgnoreCase);
        if (scheme < 0)
            return false;
        var rest = segment[(scheme + 4)..].TrimStart("sS");
        return rest.Length > MarksOfUrl && !rest[..MarksOfUrl].ContainsAnyInRange('a', 'z') && !rest[..MarksOfUrl].ContainsAnyInRange('A', 'Z') && !rest[..MarksOfUrl].ContainsAnyInRange('0', '9');
    }

    private static bool EndsAsHost(ReadOnlySpan<char> segment)
    {
        foreach (var domain in (ReadOnlySpan<string>)[".com", ".org", ".net", ".edu", ".gov", ".mil", ".us", ".uk", ".mx", ".io", ".info"])
        {
            if (segment.EndsWith(domain, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static bool Contains(ReadOnlySpan<char> segment, string part) => segment.Contains(part, StringComparison.OrdinalIgnoreCase);

    // Tokens are runs of letters and digits.
    private static bool AnyTokenIsValue(ReadOnlySpan<char> segment)
    {
        for (var at = 0; at < segment.Length; at++)
        {
            var start = at;
            while (at < segment.Length && char.IsLetterOrDigit(segment[at]))
                at++;
            if (at > start && CodeRules.IsValue(segment[start..at], isWhole: start == 0 && (at == segment.Length || segment[at] == '.')))
                return true;
        }

        return false;
    }

    // 849VCWC8+R9, a place by its code.
    private static bool IsPlaceCode(ReadOnlySpan<char> segment)
    {
        const string Digits = "23456789CFGHJMPQRVWX";
        var plus = segment.IndexOf('+');
        return plus is 4 or 6 or 8 && segment.Length - plus is 3 or 4
            && !segment[..plus].ContainsAnyExcept(Digits) && !segment[(plus + 1)..].ContainsAnyExcept(Digits);
    }

    // A coordinate: no version is negative.
    private static bool IsSigned(ReadOnlySpan<char> segment, in SegmentText text) =>
        !text.HasWords && text.Count > 1 && segment.Length > 1 && segment[0] is '-' or '+' && char.IsAsciiDigit(segment[1]);
}
