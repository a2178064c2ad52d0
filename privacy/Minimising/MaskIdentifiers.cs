namespace KpTelemetry.Privacy.Minimising;

/// <summary>
/// Replaces what identifies in itself, wherever it stands: card numbers (13 to 19 digits that pass the Luhn check, with
/// single separators or none) and device identifiers (UUID, with hyphens or without; 40 hexadecimal digits; 8-16).
/// </summary>
public static class MaskIdentifiers
{
    private const int FewestCardDigits = 13;
    private const int MostCardDigits = 19;
    private static readonly int[] Uuid = [8, 4, 4, 4, 12];
    private static readonly int[] ShortUdid = [8, 16];

    private static ReadOnlySpan<byte> CardMask => "(card)"u8;
    private static ReadOnlySpan<byte> DeviceMask => "(device)"u8;

    /// <summary>Whether the text has something masked in it, so that it held a value.</summary>
    public static bool WasApplied(ReadOnlySpan<char> text) =>
        text.Contains("(card)", StringComparison.Ordinal) || text.Contains("(device)", StringComparison.Ordinal);

    /// <summary>Writes the masked value and returns its length, at most that of <paramref name="value"/>. The buffers must not overlap.</summary>
    public static int Apply(ReadOnlySpan<byte> value, Span<byte> destination, ref Removed removed)
    {
        var written = 0;
        for (var at = 0; at < value.Length;)
        {
            var startsRun = char.IsAsciiHexDigit((char)value[at]) && (at == 0 || !char.IsAsciiLetterOrDigit((char)value[at - 1]));
            if (startsRun && DeviceLength(value[at..]) is var device and > 0)
            {
                Write(DeviceMask, destination, ref written);
                removed |= Removed.Device;
                at += device;
            }
            else if (char.IsAsciiDigit((char)value[at]) && CardLength(value[at..]) is var card and > 0)
            {
                Write(CardMask, destination, ref written);
                removed |= Removed.Card;
                at += card;
            }
            else
            {
                destination[written++] = value[at++];
            }
        }

        return written;
    }

    private static void Write(ReadOnlySpan<byte> mask, Span<byte> destination, ref int written)
    {
        mask.CopyTo(destination[written..]);
        written += mask.Length;
    }

    private static int DeviceLength(ReadOnlySpan<byte> value)
    {
        var run = HexRun(value);
        if (run is 32 or 40 && EndsThere(value, run))
            return run;
        return run != 8 ? 0 : Grouped(value, Uuid) is var uuid and > 0 ? uuid : Grouped(value, ShortUdid);
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
            if (char.IsAsciiDigit((char)value[at]))
            {
                digits[count] = (byte)(value[at++] - '0');
                ends[count++] = at;
                continue;
            }

            var separator = SeparatorLength(value[at..]);
            if (separator == 0 || at + separator >= value.Length || !char.IsAsciiDigit((char)value[at + separator]))
                break;
            at += separator;
        }

        for (; count >= FewestCardDigits; count--)
        {
            if (PassesLuhn(digits[..count]))
                return ends[count - 1];
        }

        return 0;
    }

    private static int SeparatorLength(ReadOnlySpan<byte> value) =>
        value.StartsWith("%20"u8) ? 3 : value[0] is (byte)' ' or (byte)'-' or (byte)'+' or (byte)'.' or (byte)'_' ? 1 : 0;

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
