using System.Globalization;

namespace KpTelemetry.Ingest.Parsing;

/// <summary>Quoted fields of a line, with the escapes that Apache and nginx write.</summary>
internal static class Quoted
{
    /// <summary>
    /// Takes the field that starts at <paramref name="line"/>'s opening quote. It ends at a quote that no backslash
    /// escapes and that a space or the line's end follows, or at the line's end where there is none.
    /// </summary>
    /// <param name="line">In: from the opening quote. Out: what follows the closing one.</param>
    /// <param name="content">The content, escapes as they stand.</param>
    public static bool TryTake(scoped ref ReadOnlySpan<byte> line, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (line.IsEmpty || line[0] != '"')
            return false;
        var rest = line[1..];
        for (var at = 0; ;)
        {
            var next = rest[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
            {
                content = rest;
                line = default;
                return true;
            }

            at += next;
            if (rest[at] == '"' && (at + 1 == rest.Length || rest[at + 1] == ' '))
            {
                content = rest[..at];
                line = rest[(at + 1)..];
                return true;
            }

            at = Math.Min(rest.Length, rest[at] == '\\' ? at + 2 : at + 1);
        }
    }

    /// <summary>Resolves escapes into <paramref name="scratch"/>, which is as long as the content; the content itself where it has none.</summary>
    public static ReadOnlySpan<byte> Resolve(ReadOnlySpan<byte> content, Span<byte> scratch)
    {
        var at = content.IndexOf((byte)'\\');
        if (at < 0)
            return content;
        content[..at].CopyTo(scratch);
        var written = at;
        while (at < content.Length)
        {
            if (content[at] != '\\')
            {
                scratch[written++] = content[at++];
                continue;
            }

            var used = Escape(content[at..], out var value);
            scratch[written++] = value;
            at += used;
        }

        return scratch[..written];
    }

    private static int Escape(ReadOnlySpan<byte> escape, out byte value)
    {
        if (escape.Length >= 4 && escape[1] == 'x' && byte.TryParse(escape.Slice(2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value))
            return 4;
        value = escape.Length < 2 ? (byte)0 : escape[1] switch
        {
            (byte)'"' => (byte)'"',
            (byte)'\\' => (byte)'\\',
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            (byte)'v' => (byte)'\v',
            _ => (byte)0,
        };
        if (value != 0)
            return 2;
        // No escape of these servers: the backslash is content.
        value = (byte)'\\';
        return 1;
    }
}
