using System.Buffers.Binary;
using System.Net;
using KpTelemetry.Local.Simulator.Chance;

namespace KpTelemetry.Local.Simulator.People;

/// <summary>
/// Addresses spread as those of a provider's visitors are: most from anywhere in the ranges of American providers, some
/// from busy networks (offices, carriers), some over IPv6. Private and reserved ranges do not occur.
/// </summary>
internal static class Networks
{
    private const double V6Share = 0.16;
    private const double BusyShare = 0.25;
    private const int BusyNetworks = 4_000;

    private static readonly byte[] FirstOctets =
    [
        12, 24, 32, 45, 47, 50, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 96, 97, 98, 99, 104, 107, 108, 134, 136, 162, 166, 173, 174, 184, 199, 204, 205, 206, 207, 208, 209, 216,
    ];

    // /32 blocks of large American carriers' size.
    private static readonly uint[] V6Blocks = [0x26001700, 0x26010640, 0x26010602, 0x26038000, 0x2607fb90, 0x26006c50, 0x26048d80, 0x26000387];

    /// <summary>An address drawn by the dice, as text of at most 45 bytes.</summary>
    /// <returns>How many bytes it has.</returns>
    public static int Write(ref Dice dice, Span<byte> text)
    {
        var address = dice.Chance(V6Share) ? V6(ref dice) : V4(ref dice);
        if (!address.TryFormat(text, out var length))
            throw new ArgumentException("an address has up to 45 bytes", nameof(text));
        return length;
    }

    private static IPAddress V4(ref Dice dice)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (dice.Chance(BusyShare))
        {
            // A busy network is drawn by its rank, and its numbers come from the rank.
            var network = Dice.For(0x6B70, (ulong)(BusyNetworks * Math.Pow(dice.Unit(), 2.5)));
            WriteNetwork(ref network, bytes);
        }
        else
        {
            WriteNetwork(ref dice, bytes);
        }

        bytes[3] = (byte)(1 + dice.Below(254));
        return new IPAddress(bytes);
    }

    private static void WriteNetwork(ref Dice dice, Span<byte> bytes)
    {
        bytes[0] = FirstOctets[dice.Below(FirstOctets.Length)];
        bytes[1] = (byte)dice.Below(256);
        bytes[2] = (byte)dice.Below(256);
    }

    private static IPAddress V6(ref Dice dice)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, V6Blocks[dice.Below(V6Blocks.Length)]);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], (ushort)dice.Below(65_536));
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)dice.Below(16));
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], dice.Bits());
        return new IPAddress(bytes);
    }
}
