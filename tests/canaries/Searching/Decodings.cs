using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace KpTelemetry.Canaries.Tests.Searching;

/// <summary>What text that stands encoded says.</summary>
internal static partial class Decodings
{
    private const int MostRounds = 8;

    /// <summary>Percent-encoding resolved until none is left, <c>%uXXXX</c> with it.</summary>
    public static string Percent(string text)
    {
        for (var round = 0; round < MostRounds && text.Contains('%'); round++)
        {
            var resolved = Uri.UnescapeDataString(Unicode().Replace(text, Character));
            if (resolved == text)
                break;
            text = resolved;
        }

        return text;
    }

    /// <summary>Every other reading of a run of printable ASCII that it has.</summary>
    public static IEnumerable<byte[]> Of(string run)
    {
        var plain = run.Contains('%') ? Percent(run) : run;
        if (!ReferenceEquals(plain, run))
            yield return Encoding.UTF8.GetBytes(plain);
        foreach (var resolved in Unescaped(plain))
            yield return Encoding.UTF8.GetBytes(resolved);
        if (plain.Contains("&#", StringComparison.Ordinal))
            yield return Encoding.UTF8.GetBytes(WebUtility.HtmlDecode(plain));
        foreach (Match match in Base64().Matches(plain))
        {
            for (var from = 0; from < 4; from++)
                yield return FromBase64(match.ValueSpan[from..]);
        }

        foreach (Match match in Hexadecimal().Matches(plain))
        {
            for (var from = 0; from < 2; from++)
                yield return Convert.FromHexString(match.ValueSpan[from..][..((match.Length - from) / 2 * 2)]);
        }
    }

    // JSON within JSON escapes the escapes.
    private static IEnumerable<string> Unescaped(string text)
    {
        for (var round = 0; round < MostRounds && text.Contains(@"\u", StringComparison.Ordinal); round++)
        {
            text = Escaped().Replace(text, Character).Replace(@"\\", @"\", StringComparison.Ordinal);
            yield return text;
        }
    }

    private static byte[] FromBase64(ReadOnlySpan<char> text)
    {
        // One character over says nothing; two or three are the end, padded.
        var whole = text.Length % 4 == 1 ? text[..^1] : text;
        var standard = whole.ToString().Replace('-', '+').Replace('_', '/').PadRight((whole.Length + 3) / 4 * 4, '=');
        var bytes = new byte[standard.Length / 4 * 3];
        return Convert.TryFromBase64String(standard, bytes, out var written) ? bytes[..written] : [];
    }

    private static string Character(Match match) => ((char)ushort.Parse(match.ValueSpan[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString();

    [GeneratedRegex("%u[0-9A-Fa-f]{4}", RegexOptions.NonBacktracking)]
    private static partial Regex Unicode();

    [GeneratedRegex(@"\\u[0-9A-Fa-f]{4}", RegexOptions.NonBacktracking)]
    private static partial Regex Escaped();

    [GeneratedRegex("[A-Za-z0-9+/_-]{12,}", RegexOptions.None, 10_000)]
    private static partial Regex Base64();

    [GeneratedRegex("[0-9A-Fa-f]{16,}", RegexOptions.None, 10_000)]
    private static partial Regex Hexadecimal();
}
