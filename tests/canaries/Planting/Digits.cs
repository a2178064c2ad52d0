using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KpTelemetry.Canaries.Tests.Planting;

/// <summary>Numbers, words and codes that differ for each n and look as if drawn by chance.</summary>
internal static class Digits
{
    /// <summary>Days that <see cref="Day"/> tells apart.</summary>
    public const int DaysToldApart = 25_500;

    private const string Letters = "ABCDEFGHJKLMNPRSTUVWXYZ";
    private static readonly string[] Given =
    [
        "maria", "james", "aisha", "wei", "olga", "carlos", "priya", "hannah", "omar", "yuki", "lena", "tobias", "fatima", "samuel", "ingrid", "mateo",
        "chloe", "dmitri", "amara", "felix", "nadia", "hugo", "zahra", "oscar", "leila", "anton", "rosa", "kofi", "elena", "viktor", "mei", "jonas",
    ];

    private static readonly string[] Syllables =
        ["kor", "dal", "ben", "mar", "vin", "tes", "lor", "han", "gar", "wick", "sol", "fen", "rus", "pel", "zan", "quil"];

    /// <summary>A number of that many digits, without a zero at its start; distinct for distinct n below 100,000 where there are at least five.</summary>
    public static string Number(int n, int digits, int salt)
    {
        var number = new StringBuilder(digits);
        // The last five digits are n's own, permuted; those before them are chance.
        var own = ((n * 61_403L) + (salt * 7_919L)) % 100_000;
        var chance = Chance(n, salt);
        for (var i = 0; i < digits - 5; i++)
        {
            number.Append((char)('0' + (i == 0 ? 1 + (chance % 9) : chance % 10)));
            chance /= 10;
        }

        return number.Append(own.ToString("D5", CultureInfo.InvariantCulture)).ToString();
    }

    /// <summary>A capital letter, by chance.</summary>
    public static char Letter(int n, int salt) => LetterAt((int)(Chance(n, salt) % (ulong)Letters.Length));

    /// <summary>One of 23 capital letters.</summary>
    public static char LetterAt(int n) => Letters[n % Letters.Length];

    /// <summary>Hexadecimal digits in lower case, at most 64.</summary>
    public static string Hex(int n, int digits, int salt) => Convert.ToHexStringLower(Bytes(n, salt))[..digits];

    /// <summary>Bytes, 32 of them.</summary>
    public static byte[] Bytes(int n, int salt) => SHA256.HashData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"canary {salt} {n}")));

    /// <summary>A given name.</summary>
    public static string GivenName(int n) => Given[n % Given.Length];

    /// <summary>A family name; with the given name distinct for distinct n below 131,072.</summary>
    public static string FamilyName(int n)
    {
        var at = n / Given.Length;
        return Syllables[at % 16] + Syllables[at / 16 % 16] + Syllables[at / 256 % 16];
    }

    /// <summary>A day from 1925 to 1994: from 1995 on, a route may hold the day on which something was published (docs/ROUTES.md).</summary>
    public static DateOnly Day(int n) => new DateOnly(1925, 1, 1).AddDays((int)(n * 7L % DaysToldApart));

    /// <summary>Digits with a check digit behind them, so that the Luhn check passes.</summary>
    public static string WithLuhn(string digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            if (i % 2 == 0)
                digit = digit > 4 ? (digit * 2) - 9 : digit * 2;
            sum += digit;
        }

        return digits + (char)('0' + ((10 - (sum % 10)) % 10));
    }

    /// <summary>Groups of the given lengths with something between them.</summary>
    public static string Grouped(string digits, char between, params ReadOnlySpan<int> groups)
    {
        var grouped = new StringBuilder();
        var at = 0;
        foreach (var length in groups)
        {
            if (at > 0)
                grouped.Append(between);
            grouped.Append(digits, at, length);
            at += length;
        }

        return grouped.ToString();
    }

    // SplitMix64.
    private static ulong Chance(int n, int salt)
    {
        var z = unchecked(((ulong)(uint)n * 0x9E3779B97F4A7C15) + ((ulong)(uint)salt * 0xBF58476D1CE4E5B9));
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return z ^ (z >> 31);
    }
}
