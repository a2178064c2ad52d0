using KpTelemetry.Platform.Sealing;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Services;

/// <summary>A row as the processors will see it.</summary>
public sealed record ReceivedRow(string? Site, long TimeMs, long Position, EventFlags Flags, Reason Reason, string Address, string Agent, string Method, string Path, string Referrer, int Status, long Bytes, string Event, byte[] SealedLine, string Policy = "", string Campaign = "");

/// <summary>A group as it lies in Kafka, opened.</summary>
public sealed record ReceivedGroup(int Partition, long Offset, byte[] Record, GroupHeader Header, IReadOnlyList<ReceivedRow> Rows, AccessBatch? Access, byte[]? Body = null)
{
    public static ReceivedGroup Open(GroupOpener opener, int partition, long offset, byte[] record)
    {
        Assert.True(SealedGroup.TrySplit(record, out var headerBytes, out var body));
        var header = GroupHeader.Parser.ParseFrom(headerBytes);
        if (body.IsEmpty)
            return new ReceivedGroup(partition, offset, record, header, [], null);
        Assert.Equal(OpenResult.Opened, opener.TryOpen(record, header.SealingKey, out var opened));
        if (header.Kind == GroupKind.Access)
            return new ReceivedGroup(partition, offset, record, header, [], AccessBatch.Parser.ParseFrom(opened.Span));
        var reader = new EventBatchReader();
        Assert.True(reader.TryRead(opened));
        return new ReceivedGroup(partition, offset, record, header, RowsOf(reader), null, opened.ToArray());
    }

    private static List<ReceivedRow> RowsOf(EventBatchReader reader)
    {
        var rows = new List<ReceivedRow>();
        foreach (var section in reader.Sections)
        {
            for (var row = 0; row < section.Rows; row++)
            {
                rows.Add(new ReceivedRow(
                    section.Site?.Name, section.TimesMs[row], section.Positions[row], section.Flags(row), section.Reason(row),
                    reader.Text(section.Address(row)), reader.Text(section.Agent(row)), reader.Text(section.Method(row)), reader.Text(section.Path(row)), reader.Text(section.Referrer(row)),
                    section.Status(row), section.Bytes(row), reader.Text(section.Event(row)), reader.Value(section.SealedLine(row)).ToArray(), section.Site?.Policy ?? "", reader.Text(section.Campaign(row))));
            }
        }

        return rows;
    }
}
