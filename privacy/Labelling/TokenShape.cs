namespace KpTelemetry.Privacy.Labelling;

/// <summary>What a run of letters and digits is made of.</summary>
internal readonly record struct TokenShape(int Digits, int LongestDigitRun, int DigitTurns, int CaseTurns, bool IsHex)
{
    /// <summary>Counts digits, the longest run of them, changes between letter and digit, and changes of case.</summary>
    public static TokenShape Of(ReadOnlySpan<char> token)
    {
        var (digits, run, longest, digitTurns, caseTurns, isHex) = (0, 0, 0, 0, 0, true);
        for (var i = 0; i < token.Length; i++)
        {
            var isDigit = char.IsDigit(token[i]);
            digits += isDigit ? 1 : 0;
            run = isDigit ? run + 1 : 0;
            longest = Math.Max(longest, run);
            isHex &= char.IsAsciiHexDigit(token[i]);
            if (i == 0)
                continue;
            digitTurns += isDigit != char.IsDigit(token[i - 1]) ? 1 : 0;
            caseTurns += char.IsUpper(token[i]) != char.IsUpper(token[i - 1]) ? 1 : 0;
        }

        return new TokenShape(digits, longest, digitTurns, caseTurns, isHex);
    }
}
