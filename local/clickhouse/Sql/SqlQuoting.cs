using System.Globalization;
using System.Text;

namespace KpTelemetry.Local.ClickHouse.Sql;

/// <summary>Quotes and their inverse, as ClickHouse writes them.</summary>
public static class SqlQuoting
{
    /// <summary>A string literal.</summary>
    public static string Literal(string text) => $"'{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}'";

    /// <summary>A quoted identifier.</summary>
    public static string Identifier(string text) => $"`{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("`", @"\`", StringComparison.Ordinal)}`";

    /// <summary>What stands between the quotes: doubled quotes are one, backslashes escape.</summary>
    public static string Decode(ReadOnlySpan<byte> quoted)
    {
        var quote = quoted[0];
        var inner = quoted[1..^1];
        var bytes = new List<byte>(inner.Length);
        for (var i = 0; i < inner.Length; i++)
        {
            if (inner[i] == quote) i++;
            else if (inner[i] == '\\' && i + 1 < inner.Length)
            {
                bytes.Add(Escape(inner, ref i));
                continue;
            }
            bytes.Add(inner[Math.Min(i, inner.Length - 1)]);
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static byte Escape(ReadOnlySpan<byte> text, ref int i)
    {
        var c = text[++i];
        if (c == 'x' && i + 2 < text.Length
            && byte.TryParse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            i += 2;
            return value;
        }
        return c switch
        {
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            (byte)'0' => 0,
            (byte)'a' => 7,
            (byte)'v' => 11,
            (byte)'e' => 27,
            _ => c,
        };
    }
}
