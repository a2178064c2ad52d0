using System.Buffers.Binary;

namespace KpTelemetry.Local.Broker.Storage;

/// <summary>The fixed part of a record batch of format v2, as it lies in the log and on the wire.</summary>
internal readonly record struct BatchHeader(
    long BaseOffset,
    int BatchLength,
    sbyte Magic,
    uint Crc,
    short Attributes,
    int LastOffsetDelta,
    long BaseTimestamp,
    long MaxTimestamp,
    long ProducerId,
    short ProducerEpoch,
    int BaseSequence,
    int RecordCount)
{
    /// <summary>Bytes of the header; records follow.</summary>
    public const int Size = 61;

    /// <summary>Where what the checksum covers begins.</summary>
    public const int CrcStart = 21;

    /// <summary>Bytes before what <see cref="BatchLength"/> counts.</summary>
    public const int LengthPrefix = 12;

    /// <summary>Where the byte that tells the format lies, in every format.</summary>
    public const int MagicAt = 16;

    /// <summary>The codec's number for zstd.</summary>
    public const int Zstd = 4;

    /// <summary>Bytes of the whole batch.</summary>
    public int TotalLength => LengthPrefix + BatchLength;

    public long LastOffset => BaseOffset + LastOffsetDelta;

    /// <summary>The offset after the batch.</summary>
    public long NextOffset => LastOffset + 1;

    /// <summary>0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd; others do not exist.</summary>
    public int Codec => Attributes & 0x07;

    public bool HasLogAppendTime => (Attributes & 0x08) != 0;

    public bool IsTransactional => (Attributes & 0x10) != 0;

    public bool IsControl => (Attributes & 0x20) != 0;

    public bool IsIdempotent => ProducerId >= 0;

    /// <summary>The last record's sequence number; numbers go on from 0 after the largest int.</summary>
    public int LastSequence => (int)(((long)BaseSequence + RecordCount - 1) & int.MaxValue);

    /// <summary>Whether lengths and counts could belong to a batch at all.</summary>
    public bool IsPlausible =>
        Magic == 2 && BatchLength >= Size - LengthPrefix && BatchLength <= int.MaxValue - LengthPrefix
        && BaseOffset >= 0 && RecordCount > 0 && LastOffsetDelta == RecordCount - 1;

    /// <summary>Reads the header at the start of <paramref name="batch"/>, which holds at least <see cref="Size"/> bytes.</summary>
    public static BatchHeader Read(ReadOnlySpan<byte> batch) => new(
        BinaryPrimitives.ReadInt64BigEndian(batch),
        BinaryPrimitives.ReadInt32BigEndian(batch[8..]),
        (sbyte)batch[MagicAt],
        BinaryPrimitives.ReadUInt32BigEndian(batch[17..]),
        BinaryPrimitives.ReadInt16BigEndian(batch[21..]),
        BinaryPrimitives.ReadInt32BigEndian(batch[23..]),
        BinaryPrimitives.ReadInt64BigEndian(batch[27..]),
        BinaryPrimitives.ReadInt64BigEndian(batch[35..]),
        BinaryPrimitives.ReadInt64BigEndian(batch[43..]),
        BinaryPrimitives.ReadInt16BigEndian(batch[51..]),
        BinaryPrimitives.ReadInt32BigEndian(batch[53..]),
        BinaryPrimitives.ReadInt32BigEndian(batch[57..]));

    /// <summary>
    /// Puts the offset that the broker gives, and no leader epoch: with -1 there, clients do not ask for epochs, which
    /// one broker does not have. Neither field is under the checksum.
    /// </summary>
    public static void Stamp(Span<byte> batch, long baseOffset)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch, baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[LengthPrefix..], -1);
    }
}
