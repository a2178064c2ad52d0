using System.Buffers;
using System.Buffers.Text;

namespace KpTelemetry.Privacy.Minimising;

/// <summary>
/// Replaces what identifies in itself, wherever it stands: card numbers (13 to 19 digits that pass the Luhn check, with
/// separators or none, in digits of any script, percent-encoded or not) and device identifiers (UUID, with hyphens or
/// without; 40 hexadecimal digits; 8-16; hardware addresses); also where base64 hides them.
/// </summary>
public static class MaskIdentifiers
{
    private const int FewestCardDigits = 13;
    private const int MostCardDigits = 19;
    private const int FewestEncoded = 18, LongestEncoded = 128;
    private const int HardwareBytes = 17;
    private static readonly SearchValues<byte> Base64Bytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);
    private static readonly int[] Uuid = [8, 4, 4, 4, 12];
    private static readonly int[] ShortUdid = [8, 16];

    private static ReadOnlySpan<byte> CardMask => "(card)"u8;
    private static ReadOnlySpan<byte> DeviceMask => "(device)"u8;

    /// <summary>Whether the text has something masked in it, so that it held a value.</summary>
    public static bool WasApplied(ReadOnlySpan<char> text) =>
        text.Contains("(card)", StringComparison.Ordinal) || text.Contains("(device)", StringComparison.Ordinal);

    /// <summary>Writes the masked value and returns its length, at most that of <paramref name="value"/>. The buffers must not overlap.</summary>
    public static int Apply(ReadOnlySpan<byte> value, Span<byte> destination, ref Removed removed) => Apply(value, destination, ref removed, mayHide: true);

    private static int Apply(ReadOnlySpan<byte> value, Span<byte> destination, ref Removed removed, bool mayHide)
    {
        var written = 0;
        for (var at = 0; at < value.Length;)
        {
            var (found, length) = Find(value, at, mayHide);
            if (length == 0)
            {
                destination[written++] = value[at++];
                continue;
            }

            Write(found == Removed.Card ? CardMask : DeviceMask, destination, ref written);
            removed |= found;
            at += length;
        }

        return written;
    }

    private static (Removed Found, int Length) Find(ReadOnlySpan<byte> value, int at, bool mayHide)
    {
        var startsRun = char.IsAsciiLetterOrDigit((char)value[at]) && (at == 0 || !char.IsAsciiLetterOrDigit((char)value[at - 1]));
        if (startsRun && DeviceLength(value[at..]) is var device and > 0)
            return (Removed.Device, device);
        if (HiddenDigits.MayStart(value[at]) && CardLength(value[at..]) is var card and > 0)
            return (Removed.Card, card);
        return startsRun && mayHide && EncodedLength(value, at) is var encoded and > 0 ? HiddenIn(value.Slice(at, encoded)) : default;
    }

    // Base64 of a text that has such an identifier in it. A word hardly ever decodes to text.
    private static (Removed Found, int Length) HiddenIn(ReadOnlySpan<byte> encoded)
    {
        Span<byte> text = stackalloc byte[LongestEncoded];
        Span<byte> masked = stackalloc byte[LongestEncoded];
        if (Base64Url.DecodeFromUtf8(encoded, text, out _, out var length) != OperationStatus.Done || text[..length].ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            return default;
        var removed = Removed.Nothing;
        Apply(text[..length], masked, ref removed, mayHide: false);
        return removed == Removed.Nothing ? default : (removed.HasFlag(Removed.Card) ? Removed.Card : Removed.Device, encoded.Length);
    }

    private static int EncodedLength(ReadOnlySpan<byte> value, int at)
    {
        if (at > 0 && value[at - 1] is (byte)'-' or (byte)'_')
            return 0;
        var length = value[at..].IndexOfAnyExcept(Base64Bytes);
        length = length < 0 ? value.Length - at : length;
        return length is >= FewestEncoded and <= LongestEncoded && length % 4 != 1 ? length : 0;
    }

    private static void Write(ReadOnlySpan<byte> mask, Span<byte> destination, ref int written)
    {
        mask.CopyTo(destination[written..]);
        written += mask.Length;
    }

    private static int DeviceLength(ReadOnlySpan<byte> value)
    {
        var run = HexRun(value);
        if (run == 2)
            return HardwareLength(value);
        if (run is 32 or 40 && EndsThere(value, run))
            return run;
        return run != 8 ? 0 : Grouped(value, Uuid) is var uuid and > 0 ? uuid : Grouped(value, ShortUdid);
    }

    // 00:1B:44:11:3A:B7, with colons or hyphens.
    private static int HardwareLength(ReadOnlySpan<byte> value)
    {
        if (value.Length < HardwareBytes || value[2] is not ((byte)':' or (byte)'-') || !EndsThere(value, HardwareBytes))
            return 0;
        for (var at = 0; at < HardwareBytes; at += 3)
        {
            if (HexRun(value[at..]) != 2 || (at > 0 && value[at - 1] != value[2]))
                return 0;
        }

        return HardwareBytes;
    }

    private static int Grouped(ReadOnlySpan<byte> value, ReadOnlySpan<int> groups)
    {
        var at = 0;
        for (var i = 0; i < groups.Length; i++)
        {
            if (i > 0 && (at >= value.Length || value[at++] != '-'))
                return 0;
            if (HexRun(value[at..]) != groups[i])
                return 0;
            at += groups[i];
        }

        return EndsThere(value, at) ? at : 0;
    }

    private static int HexRun(ReadOnlySpan<byte> value)
    {
        var length = 0;
        while (length < value.Length && char.IsAsciiHexDigit((char)value[length]))
            length++;
        return length;
    }

    private static bool EndsThere(ReadOnlySpan<byte> value, int at) => at == value.Length || !char.IsAsciiLetterOrDigit((char)value[at]);

    // The longest number that starts here and passes. Cards also hide inside longer runs of digits, so every start is tried.
    private static int CardLength(ReadOnlySpan<byte> value)
    {
        Span<byte> digits = stackalloc byte[MostCardDigits];
        Span<int> ends = stackalloc int[MostCardDigits];
        var count = 0;
        for (var at = 0; at < value.Length && count < MostCardDigits;)
        {
            if (HiddenDigits.Read(value[at..], out var length) is >= 0 and var digit)
            {
                at += length;
                digits[count] = (byte)digit;
                ends[count++] = at;
                continue;
            }

            if (HiddenDigits.Separators(value[at..], isGroup: count % 4 == 0) is not (> 0 and var separators))
                break;
            at += separators;
        }

        for (; count >= FewestCardDigits; count--)
        {
            if (PassesLuhn(digits[..count]))
                return ends[count - 1];
        }

        return 0;
    }

    private static bool PassesLuhn(ReadOnlySpan<byte> digits)
    {
        var sum = 0;
        var any = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            int digit = digits[^(i + 1)];
            any |= digit;
            if ((i & 1) == 1)
                digit = digit > 4 ? (digit * 2) - 9 : digit * 2;
            sum += digit;
        }

        return sum % 10 == 0 && any != 0;
    }
}
