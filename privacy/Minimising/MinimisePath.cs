using System.Globalization;
using System.Text;

namespace KpTelemetry.Privacy.Minimising;

/// <summary>
/// Reduces a request target or a referrer's path to the path alone: no scheme, authority, query, fragment or path
/// parameters (<c>;jsessionid=…</c>), also where their separators are percent-encoded; what need not be
/// percent-encoded is decoded (RFC 3986, 6.2.2), so that a number has one spelling; identifiers masked.
/// </summary>
public static class MinimisePath
{
    /// <summary>Longest path kept.</summary>
    public const int MaxBytes = 2048;

    private const int LongestScheme = 16;

    /// <summary>Minimises a request target in origin-form, absolute-form or asterisk-form; any other yields nothing.</summary>
    /// <returns>The length written to <paramref name="destination"/>, which has <see cref="MinimiseText.Room"/> bytes.</returns>
    public static int Target(ReadOnlySpan<byte> target, Span<byte> destination, ref Removed removed)
    {
        if (target.SequenceEqual("*"u8))
        {
            destination[0] = (byte)'*';
            return 1;
        }

        if (!target.IsEmpty && target[0] == '/')
            return Path(target, destination, ref removed);
        var scheme = target[..Math.Min(target.Length, LongestScheme)].IndexOf("://"u8);
        if (scheme <= 0)
        {
            // Not a path, so nothing says what it holds.
            removed |= target.IsEmpty ? Removed.Nothing : Removed.Query;
            return 0;
        }

        var rest = target[(scheme + 3)..];
        var authority = AuthorityLength(rest);
        removed |= rest[..authority].Contains((byte)'@') ? Removed.Query : Removed.Nothing;
        return Path(rest[authority..], destination, ref removed);
    }

    /// <summary>Minimises a path with what may follow it; an empty one becomes <c>/</c>.</summary>
    /// <returns>The length written to <paramref name="destination"/>, which has <see cref="MinimiseText.Room"/> bytes.</returns>
    public static int Path(ReadOnlySpan<byte> path, Span<byte> destination, ref Removed removed)
    {
        Span<byte> cut = stackalloc byte[MinimiseText.MaxRead];
        var length = Cut(path, cut, ref removed, out var isCut);
        if (length == 0)
            cut[length++] = (byte)'/';
        return MinimiseText.MaskAndCut(cut[..length], isCut, MaxBytes, destination, ref removed);
    }

    internal static int AuthorityLength(ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOfAny("/?#"u8);
        return end < 0 ? rest.Length : end;
    }

    private static int Cut(ReadOnlySpan<byte> path, Span<byte> destination, ref Removed removed, out bool isCut)
    {
        var written = 0;
        var inParameters = false;
        isCut = false;
        while (!path.IsEmpty)
        {
            var unit = Unit.Read(path);
            path = path[unit.Length..];
            if (unit.Meaning is '?' or '#')
            {
                removed |= Removed.Query;
                return written;
            }

            inParameters = unit.Meaning == ';' || (inParameters && unit.Meaning != '/');
            if (inParameters)
            {
                removed |= Removed.Query;
                continue;
            }

            if (written + Unit.MostBytes > destination.Length)
            {
                isCut = true;
                return written;
            }

            written += unit.Write(destination[written..]);
        }

        return written;
    }

    /// <summary>A character, a percent-encoded byte, or a byte that is no text.</summary>
    private readonly ref struct Unit(ReadOnlySpan<byte> bytes, byte encoded, bool isEncoded)
    {
        public const int MostBytes = 4;

        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public int Length => _bytes.Length;

        /// <summary>The ASCII character that it stands for; 0 for others. An encoded slash does not divide segments.</summary>
        public char Meaning => isEncoded ? encoded is (byte)'/' or >= 0x80 ? '\0' : (char)encoded : _bytes.Length == 1 ? (char)_bytes[0] : '\0';

        public static Unit Read(ReadOnlySpan<byte> path)
        {
            if (EscapeLength(path) is > 0 and var escape)
                return new Unit(path[..escape], byte.Parse(path.Slice(escape - 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), isEncoded: true);
            var isText = Rune.DecodeFromUtf8(path, out var rune, out var used) == System.Buffers.OperationStatus.Done && !Rune.IsControl(rune);
            return isText ? new Unit(path[..used], 0, isEncoded: false) : new Unit(path[..1], path[0], isEncoded: true);
        }

        // An escape that was escaped again, however often, stands for what it hides: %2534 is 4.
        private static int EscapeLength(ReadOnlySpan<byte> path)
        {
            if (path[0] != '%')
                return 0;
            var digits = 1;
            while (path[digits..].StartsWith("25"u8) && IsHex(path, digits + 2))
                digits += 2;
            return IsHex(path, digits) ? digits + 2 : 0;
        }

        private static bool IsHex(ReadOnlySpan<byte> path, int at) =>
            at + 1 < path.Length && char.IsAsciiHexDigit((char)path[at]) && char.IsAsciiHexDigit((char)path[at + 1]);

        public int Write(Span<byte> destination)
        {
            if (!isEncoded)
            {
                _bytes.CopyTo(destination);
                return _bytes.Length;
            }

            if (char.IsAsciiLetterOrDigit((char)encoded) || encoded is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~')
            {
                destination[0] = encoded;
                return 1;
            }

            destination[0] = (byte)'%';
            encoded.TryFormat(destination[1..], out _, "X2", CultureInfo.InvariantCulture);
            return 3;
        }
    }
}
