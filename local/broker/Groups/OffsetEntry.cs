using System.Buffers.Binary;
using KpTelemetry.Local.Broker.Storage;

namespace KpTelemetry.Local.Broker.Groups;

/// <summary>
/// One entry of the journal of offsets: a group's offset for a partition, or, without a partition, that the group is
/// forgotten. On disk: length, CRC-32C, content.
/// </summary>
internal readonly record struct OffsetEntry(string Group, PartitionId? Partition, CommittedOffset Committed)
{
    private const int Frame = 8;

    /// <summary>Appends the entry to <paramref name="journal"/>.</summary>
    public void Write(MemoryStream journal)
    {
        var start = (int)journal.Position;
        journal.SetLength(start + Frame);
        journal.Position = start + Frame;
        using (var writer = new BinaryWriter(journal, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Group);
            writer.Write(Partition.HasValue);
            if (Partition is { } partition)
            {
                writer.Write(partition.Topic.ToByteArray());
                writer.Write(partition.Partition);
                writer.Write(Committed.Offset);
                writer.Write(Committed.Metadata is not null);
                writer.Write(Committed.Metadata ?? "");
            }
        }

        var entry = journal.GetBuffer().AsSpan(start, (int)journal.Length - start);
        BinaryPrimitives.WriteInt32LittleEndian(entry, entry.Length - Frame);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], Crc32C.Of(entry[Frame..]));
    }

    /// <summary>Reads the entries of <paramref name="journal"/> up to the first that is not whole.</summary>
    /// <returns>Where the good part ends.</returns>
    public static int ReadAll(byte[] journal, Action<OffsetEntry> found)
    {
        var at = 0;
        while (journal.Length - at > Frame)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(journal.AsSpan(at));
            if (length <= 0 || length > journal.Length - at - Frame
                || Crc32C.Of(journal.AsSpan(at + Frame, length)) != BinaryPrimitives.ReadUInt32LittleEndian(journal.AsSpan(at + 4)))
            {
                break;
            }

            found(Read(journal, at + Frame, length));
            at += Frame + length;
        }

        return at;
    }

    private static OffsetEntry Read(byte[] journal, int at, int length)
    {
        using var reader = new BinaryReader(new MemoryStream(journal, at, length));
        var group = reader.ReadString();
        if (!reader.ReadBoolean())
        {
            return new OffsetEntry(group, null, default);
        }

        var partition = new PartitionId(new Guid(reader.ReadBytes(16)), reader.ReadInt32());
        var offset = reader.ReadInt64();
        var hasMetadata = reader.ReadBoolean();
        var metadata = reader.ReadString();
        return new OffsetEntry(group, partition, new CommittedOffset(offset, hasMetadata ? metadata : null));
    }
}
