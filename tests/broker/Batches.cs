using System.Buffers.Binary;

namespace KpTelemetry.Broker.Tests;

/// <summary>Record batches of format v2, put together by the specification and not by the broker's own code.</summary>
internal static class Batches
{
    public static byte[] Build(
        int records, long producerId = -1, short epoch = -1, int sequence = -1, int valueBytes = 10, short attributes = 0, long timestamp = 1000)
    {
        var body = new MemoryStream();
        for (var i = 0; i < records; i++)
        {
            var record = new MemoryStream();
            record.WriteByte(0);
            VarInt(record, 0);
            VarInt(record, i);
            VarInt(record, -1);
            VarInt(record, valueBytes);
            record.Write(new byte[valueBytes]);
            VarInt(record, 0);
            VarInt(body, (int)record.Length);
            record.WriteTo(body);
        }

        var batch = new byte[61 + body.Length];
        body.ToArray().CopyTo(batch, 61);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), batch.Length - 12);
        batch[16] = 2;
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(21), attributes);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(23), records - 1);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(27), timestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(35), timestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(43), producerId);
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(51), epoch);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(53), sequence);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(57), records);
        Seal(batch);
        return batch;
    }

    /// <summary>Puts the checksum of what the batch now holds.</summary>
    public static void Seal(byte[] batch)
    {
        var crc = uint.MaxValue;
        foreach (var b in batch.AsSpan(21))
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0x82F63B78;
            }
        }

        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), ~crc);
    }

    private static void VarInt(Stream to, int value)
    {
        var zigzag = (uint)((value << 1) ^ (value >> 31));
        for (; zigzag >= 0x80; zigzag >>= 7)
        {
            to.WriteByte((byte)(zigzag | 0x80));
        }

        to.WriteByte((byte)zigzag);
    }
}
