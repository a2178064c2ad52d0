using System.Buffers;
using System.Text;

namespace KpTelemetry.Canaries.Tests.Searching;

/// <summary>
/// Bytes reduced to what is left of a value however it is written: letters and digits, in lower case, in ASCII where they
/// have a form there. Up to three characters between two of them are passed over; what is no text stands as
/// <see cref="Break"/>, which no value contains. Not thread-safe.
/// </summary>
internal sealed class CanonicalText
{
    /// <summary>What interrupts a value.</summary>
    public const byte Break = 0;

    private const int MostBetween = 3;
    private static readonly byte[] Kinds = KindsOfBytes();

    private byte[] _bytes = [];
    private int[] _origins = [];

    /// <summary>The reduced bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>Where in the bytes each of them came from.</summary>
    public ReadOnlySpan<int> Origins => _origins.AsSpan(0, Length);

    public int Length { get; private set; }

    /// <summary>Reduces bytes, in place of what was reduced before.</summary>
    public void Reduce(ReadOnlySpan<byte> bytes)
    {
        Grow(bytes.Length);
        var (length, between) = (0, MostBetween + 1);
        for (var at = 0; at < bytes.Length;)
        {
            var kind = Kinds[bytes[at]];
            var used = 1;
            if (kind == Beyond)
                kind = ReduceRune(bytes[at..], out used);
            if (kind is Between or Interrupting)
            {
                between += kind == Between ? 1 : MostBetween + 1;
            }
            else
            {
                if (between > MostBetween)
                    (_bytes[length], _origins[length++]) = (Break, at);
                (_bytes[length], _origins[length++], between) = (kind, at, 0);
            }

            at += used;
        }

        (_bytes[length], _origins[length++]) = (Break, bytes.Length);
        Length = length;
    }

    /// <summary>A text in this form, without anything between.</summary>
    public static byte[] Of(string text)
    {
        var canonical = new CanonicalText();
        canonical.Reduce(Encoding.UTF8.GetBytes(text));
        return [.. canonical.Bytes.ToArray().Where(b => b != Break)];
    }

    private const byte Between = 1, Interrupting = 2, Beyond = 3;

    private static byte[] KindsOfBytes() =>
    [
        .. Enumerable.Range(0, 256).Select(b => (char)b switch
        {
            >= 'A' and <= 'Z' => (byte)(b | 0x20),
            (>= 'a' and <= 'z') or (>= '0' and <= '9') => (byte)b,
            // A zero byte: text in UTF-16.
            '\0' or '\t' or (>= ' ' and <= '~') => Between,
            >= (char)0x80 => Beyond,
            _ => Interrupting,
        }),
    ];

    // Digits of any script and letters in full width have a form in ASCII; other letters are told by their last bits.
    private static byte ReduceRune(ReadOnlySpan<byte> bytes, out int used)
    {
        if (Rune.DecodeFromUtf8(bytes, out var rune, out used) != OperationStatus.Done)
            return Interrupting;
        if (Rune.IsDigit(rune))
            return (byte)('0' + (int)Rune.GetNumericValue(rune));
        if (rune.Value is >= 0xFF01 and <= 0xFF5E)
            return Kinds[rune.Value - 0xFEE0];
        return Rune.IsLetter(rune) ? (byte)(0x80 | (rune.Value & 0x7F)) : Between;
    }

    // Each byte makes at most one of its own and one break.
    private void Grow(int bytes)
    {
        var most = (bytes * 2) + 1;
        if (_bytes.Length >= most)
            return;
        (_bytes, _origins) = (new byte[most], new int[most]);
    }
}
