namespace KpTelemetry.Privacy.Labelling;

/// <summary>Shortened IPv6 addresses with another mark for their colons: 2001-db8--1, fe80--1ff-fe23-4567. Whole ones are codes in pieces.</summary>
internal static class NetworkAddress
{
    private const int Groups = 8;
    private const int LongestGroup = 4;

    /// <summary>Whether a text holds such an address.</summary>
    public static bool FindValue(ReadOnlySpan<char> text)
    {
        for (var gap = 1; gap + 2 < text.Length; gap++)
        {
            if (!IsMark(text[gap]) || !IsMark(text[gap + 1]))
                continue;
            var (before, isMixed, hasPrefix) = GroupsAtEnd(text[..gap]);
            var (after, isMixedAfter) = GroupsAtStart(text[(gap + 2)..]);
            if (hasPrefix && after > 0 && before + after < Groups && (isMixed || (isMixedAfter && before > 1)))
                return true;
        }

        return false;
    }

    // How many groups of an address a text ends with; whether digits and letters stand in one of them, and whether one can be the first.
    private static (int Groups, bool IsMixed, bool HasPrefix) GroupsAtEnd(ReadOnlySpan<char> text)
    {
        var (groups, isMixed, hasPrefix) = (0, false, false);
        for (var end = text.Length; ; groups++)
        {
            var start = end;
            while (start > 0 && char.IsAsciiHexDigit(text[start - 1]))
                start--;
            if (end - start is 0 or > LongestGroup || (start > 0 && char.IsLetterOrDigit(text[start - 1])))
                return (groups, isMixed, hasPrefix);
            isMixed |= IsMixed(text[start..end]);
            hasPrefix |= end - start == LongestGroup && text[start..end].ContainsAnyInRange('0', '9');
            if (start == 0 || !IsMark(text[start - 1]))
                return (groups + 1, isMixed, hasPrefix);
            end = start - 1;
        }
    }

    private static (int Groups, bool IsMixed) GroupsAtStart(ReadOnlySpan<char> text)
    {
        var (groups, isMixed) = (0, false);
        for (var start = 0; ; groups++)
        {
            var end = start;
            while (end < text.Length && char.IsAsciiHexDigit(text[end]))
                end++;
            if (end - start is 0 or > LongestGroup || (end < text.Length && char.IsLetterOrDigit(text[end])))
                return (groups, isMixed);
            isMixed |= IsMixed(text[start..end]);
            if (end == text.Length || !IsMark(text[end]))
                return (groups + 1, isMixed);
            start = end + 1;
        }
    }

    private static bool IsMark(char character) => character is '-' or '_' or '.' or ' ';

    private static bool IsMixed(ReadOnlySpan<char> group) => group.ContainsAnyInRange('0', '9') && group.ContainsAnyExceptInRange('0', '9');
}
