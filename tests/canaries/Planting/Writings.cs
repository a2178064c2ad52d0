using System.Globalization;
using System.Text;

namespace KpTelemetry.Canaries.Tests.Planting;

/// <summary>A way in which a site disguises a value, on purpose or not.</summary>
/// <param name="Name">In words.</param>
/// <param name="Write">The value as it is sent.</param>
/// <param name="LosesMarks">Whether the value's own marks are gone.</param>
public sealed record Writing(string Name, Func<string, string> Write, bool LosesMarks = false)
{
    /// <summary>Whether it is base64.</summary>
    public bool NeedsCase => Name is "base64" or "base64url";
}

/// <summary>Every writing that is planted.</summary>
public static class Writings
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Writing> All { get; } =
    [
        new("plain", value => value),
        new("percent-encoded", Uri.EscapeDataString),
        new("percent-encoded whole", PercentWhole),
        new("percent-encoded twice", value => Times(value, 2)),
        new("percent-encoded five times", value => Times(value, 5)),
        new("%u escapes", value => string.Concat(value.Select(c => $"%u{(int)c:X4}"))),
        new("base64", value => Convert.ToBase64String(Bytes(value))),
        new("base64url", value => Convert.ToBase64String(Bytes(value)).TrimEnd('=').Replace('+', '-').Replace('/', '_')),
        new("hexadecimal", value => Convert.ToHexStringLower(Bytes(value))),
        new("hexadecimal, capitals", value => Convert.ToHexString(Bytes(value))),
        new("punycode", Punycode, LosesMarks: true),
        new("fullwidth characters", value => Map(value, c => c is > ' ' and <= '~' ? (char)(c + 0xFEE0) : c)),
        new("Arabic digits, percent-encoded", value => PercentWhole(Map(value, c => char.IsAsciiDigit(c) ? (char)(c - '0' + 0x0660) : c))),
        new("mixed case", value => string.Concat(value.Select((c, i) => i % 2 == 0 ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c)))),
        new("JSON", value => Uri.EscapeDataString($"{{\"id\":\"{value}\"}}")),
        new("JSON escapes", value => $"[\"{string.Concat(value.Select(c => $"\\u{(int)c:x4}"))}\"]"),
        new("underscores", value => Apart(value, "_"), LosesMarks: true),
        new("encoded spaces", value => Apart(value, "%20"), LosesMarks: true),
        new("no-break spaces", value => Apart(value, "\u00A0"), LosesMarks: true),
        new("split by slashes", value => Apart(value, "/"), LosesMarks: true),
        new("split by encoded slashes", value => Apart(value, "%2F"), LosesMarks: true),
        new("embedded in words", value => $"visit{OnlyLettersAndDigits(value)}summary", LosesMarks: true),
        new("between letters", value => $"x{value}x"),
        new("HTML entities", value => string.Concat(value.Select(c => char.IsAsciiLetterOrDigit(c) ? c.ToString() : $"&#{((int)c).ToString(CultureInfo.InvariantCulture)};"))),
    ];

    private static byte[] Bytes(string value) => Encoding.UTF8.GetBytes(value);

    private static string PercentWhole(string value) => string.Concat(Bytes(value).Select(b => $"%{b:X2}"));

    private static string Times(string value, int times)
    {
        var encoded = PercentWhole(value);
        for (var i = 1; i < times; i++)
            encoded = encoded.Replace("%", "%25", StringComparison.Ordinal);
        return encoded;
    }

    // A label has 63 characters at most; what would be longer is cut into labels.
    private static string Punycode(string value)
    {
        var names = new IdnMapping();
        return string.Join('.', Map(value, c => char.IsAsciiLetterOrDigit(c) ? c : '-').Trim('-').Chunk(40).Select(part => names.GetAscii("\u00FC" + new string(part) + "x")));
    }

    private static string Map(string value, Func<char, char> map) => string.Concat(value.Select(map));

    /// <summary>What the value's groups are, else pieces of three, with something between them.</summary>
    private static string Apart(string value, string between)
    {
        var apart = new StringBuilder();
        var isGrouped = value.Any(c => !char.IsAsciiLetterOrDigit(c));
        for (var i = 0; i < value.Length; i++)
        {
            if (isGrouped ? !char.IsAsciiLetterOrDigit(value[i]) : i > 0 && i % 3 == 0)
                apart.Append(between);
            if (char.IsAsciiLetterOrDigit(value[i]))
                apart.Append(value[i]);
        }

        return apart.ToString();
    }

    private static string OnlyLettersAndDigits(string value) => string.Concat(value.Where(char.IsAsciiLetterOrDigit));
}
