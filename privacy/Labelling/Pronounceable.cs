namespace KpTelemetry.Privacy.Labelling;

/// <summary>
/// Tells words from random letters by the pairs of letters that stand side by side: words of English, of its neighbours
/// and of medicine are made of less than half of the pairs that there are, random letters of all.
/// </summary>
internal static class Pronounceable
{
    private const int FewestLetters = 10;
    private const int FewestRarePairs = 4;
    private const int FewestPairs = 11;

    // What follows each letter, from a to z, in at least six of ten thousand pairs of running English text.
    private static readonly string[] Followers =
    [
        "abcdefgiklmnprstuvwxy", "abcdefilorsu", "abcdefhiklmoprstu", "abcdefilmorsu", "abcdefgilmnopqrstuvwxy", "abcdefiloprstu", "aeghilnorstu", "aehiortu",
        "abcdefglmnoprstvxz", "e", "aeis", "acdeilopstuvy", "abdeilmopsu", "acdefgiklmnopstuv", "abcdfgiklmnoprstuvwx", "acdehiloprstuy", "u", "abcdefgiklmnoprstuvy",
        "acefhiklmoprstuwy", "acdefhiklmoprstuwy", "abcdefgilmnprst", "aeio", "aehinors", "eipt", "einps", "aei",
    ];

    private static readonly uint[] Common = [.. Followers.Select(followers => followers.Aggregate(0u, (set, letter) => set | (1u << (letter - 'a'))))];

    /// <summary>Pairs of ASCII letters that are rare, and all such pairs.</summary>
    public static (int Rare, int Pairs) Count(ReadOnlySpan<char> token)
    {
        var (rare, pairs) = (0, 0);
        for (var i = 1; i < token.Length; i++)
        {
            if (!char.IsAsciiLetter(token[i - 1]) || !char.IsAsciiLetter(token[i]))
                continue;
            pairs++;
            rare += (Common[(token[i - 1] | 0x20) - 'a'] & (1u << ((token[i] | 0x20) - 'a'))) == 0 ? 1 : 0;
        }

        return (rare, pairs);
    }

    /// <summary>Whether the token's letters are no word of any length that matters.</summary>
    public static bool IsRandom(ReadOnlySpan<char> token) =>
        token.Length >= FewestLetters && Count(token) is var (rare, pairs) && rare >= FewestRarePairs && (pairs < FewestPairs ? rare * 2 >= pairs : rare * 5 >= pairs * 2);
}
