using System.Buffers.Binary;
using System.Numerics;

namespace KpTelemetry.Local.Broker.Storage;

/// <summary>CRC-32C (Castagnoli), the checksum of record batches; eight bytes an instruction where the processor has it.</summary>
internal static class Crc32C
{
    /// <summary>The start value of a checksum that is fed in pieces.</summary>
    public const uint Seed = uint.MaxValue;

    public static uint Of(ReadOnlySpan<byte> data) => Finish(Feed(Seed, data));

    public static uint Feed(uint crc, ReadOnlySpan<byte> data)
    {
        for (; data.Length >= sizeof(ulong); data = data[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        }

        foreach (var b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }

    public static uint Finish(uint crc) => ~crc;
}
