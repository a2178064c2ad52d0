using System.Numerics;
using KpTelemetry.Canaries.Tests.Planting;

namespace KpTelemetry.Canaries.Tests.Searching;

/// <summary>
/// Very many values to look for in canonical text at once: the last eight bytes of each are a key of a table, before which
/// a bitmap turns away almost all that is no value.
/// </summary>
internal sealed class Needles
{
    private const int KeyBytes = 8;
    private const int MapBits = 28;
    private const int MostOfChance = 9;

    private readonly ulong[] _map = new ulong[1 << (MapBits - 6)];
    private readonly Dictionary<ulong, int> _last = [];
    private readonly List<Needle> _needles = [];
    private readonly HashSet<UInt128> _known = [];

    private readonly record struct Needle(byte[] Text, CanaryForm Form, string Writing, string Position, int Previous);

    /// <summary>Values that are looked for, each in as many writings as it was planted in.</summary>
    public int Count => _needles.Count;

    /// <summary>Adds a value in plain and as it was sent.</summary>
    public void Add(Canary canary)
    {
        Add(canary.Form, "plain", canary.Position, canary.Canonical);
        Add(canary.Form, canary.Writing.Name, canary.Position, canary.CanonicalSent);
    }

    /// <summary>Adds one writing.</summary>
    /// <exception cref="ArgumentException">It is too short to be told from other text.</exception>
    public void Add(CanaryForm form, string writing, string position, string text) => Add(form, writing, position, CanonicalText.Of(text));

    private void Add(CanaryForm form, string writing, string position, byte[] canonical)
    {
        if (canonical.Length < KeyBytes)
            throw new ArgumentException($"too short to be looked for: {form.Class} ({form.Name}), {writing}");
        if (!_known.Add(HashOf(canonical)))
            return;
        var key = KeyOf(canonical.AsSpan(canonical.Length - KeyBytes));
        _needles.Add(new Needle(canonical, form, writing, position, _last.TryGetValue(key, out var previous) ? previous : -1));
        _last[key] = _needles.Count - 1;
        var bit = Bit(key);
        _map[bit >> 6] |= 1UL << (int)(bit & 63);
    }

    /// <summary>Reports each value that stands in the text.</summary>
    /// <param name="text">The canonical text.</param>
    /// <param name="raw">What it was made from.</param>
    /// <param name="found">Told the form, the writing and the position it was planted in.</param>
    public void Find(CanonicalText text, ReadOnlySpan<byte> raw, Action<CanaryForm, string, string> found)
    {
        var bytes = text.Bytes;
        var key = 0UL;
        for (var at = 0; at < bytes.Length; at++)
        {
            key = (key << 8) | bytes[at];
            var bit = Bit(key);
            if ((_map[bit >> 6] >> (int)(bit & 63) & 1) == 0 || !_last.TryGetValue(key, out var number))
                continue;
            for (; number >= 0; number = _needles[number].Previous)
            {
                var needle = _needles[number];
                var start = at + 1 - needle.Text.Length;
                if (start >= 0 && bytes[start..(at + 1)].SequenceEqual(needle.Text) && IsWhole(text.Origins[start..(at + 1)], raw, needle.Text))
                    found(needle.Form, needle.Writing, needle.Position);
            }
        }
    }

    // A number is not part of a longer one, nor the seconds of a time; one digit more may be a length or a tag beside the
    // value in binary data. Random ids in text and fractions make every number of nine digits: such a one has no letter
    // beside it and no dot in it. One of eight is a date: it stands in groups as dates do, and not as times do, since eight
    // digits alone are too often a count.
    private static bool IsWhole(ReadOnlySpan<int> origins, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> needle)
    {
        var (first, last) = (origins[0], origins[^1]);
        if (IsDigit(needle[0]) && GoesOn(raw, first, -1))
            return false;
        if (IsDigit(needle[^1]) && GoesOn(raw, last, 1))
            return false;
        if (needle.Length > MostOfChance || needle.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return true;
        return needle.Length == MostOfChance
            ? !IsInWord(raw, first) && !IsLetter(At(raw, last + 1)) && !raw[first..last].ContainsAny(".,:"u8)
            : HasGap(origins, 4) && (HasGap(origins, 2) || HasGap(origins, 6)) && !raw[first..last].ContainsAny(",:"u8);
    }

    private static bool GoesOn(ReadOnlySpan<byte> raw, int at, int step) =>
        (At(raw, at + step), At(raw, at + (2 * step))) is var (beside, beyond)
        && ((IsDigit(beside) && (IsDigit(beyond) || beyond == '.')) || (beside == ':' && IsDigit(beyond)));

    // One letter where text begins may be the value's length.
    private static bool IsInWord(ReadOnlySpan<byte> raw, int first) => IsLetter(At(raw, first - 1)) && At(raw, first - 2) is >= (byte)' ' and <= (byte)'~';

    private static byte At(ReadOnlySpan<byte> raw, int at) => (uint)at < (uint)raw.Length ? raw[at] : (byte)0;

    private static bool HasGap(ReadOnlySpan<int> origins, int before) => origins[before] - origins[before - 1] > 1;

    private static bool IsLetter(byte b) => (byte)(b | 0x20) is >= (byte)'a' and <= (byte)'z';

    private static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9';

    private static ulong KeyOf(ReadOnlySpan<byte> bytes)
    {
        var key = 0UL;
        foreach (var b in bytes)
            key = (key << 8) | b;
        return key;
    }

    private static ulong Bit(ulong key) => unchecked(key * 0x9E3779B97F4A7C15) >> (64 - MapBits);

    private static UInt128 HashOf(byte[] text)
    {
        var (high, low) = (14_695_981_039_346_656_037UL, 0UL);
        foreach (var b in text)
        {
            high = unchecked((high ^ b) * 1_099_511_628_211);
            low = unchecked(BitOperations.RotateLeft(low, 7) + (b * 0x9E3779B97F4A7C15));
        }

        return new UInt128(high, low);
    }
}
