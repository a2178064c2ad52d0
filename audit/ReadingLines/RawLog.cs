using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Google.Protobuf;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Platform.Settings;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Audit.ReadingLines;

/// <summary>A sealed group of the log with its header.</summary>
internal sealed record RawGroup(int Partition, LogRecord Record, GroupHeader Header)
{
    private const string Sealing = "sealing/";

    /// <summary>Opens it, where its key is one that this system makes and lives. The body is valid until the opener's next call.</summary>
    public bool TryOpen(GroupOpener opener, out ReadOnlyMemory<byte> body)
    {
        body = default;
        return Header.SealingKey.StartsWith(Sealing, StringComparison.Ordinal)
            && DateOnly.TryParseExact(Header.SealingKey.AsSpan(Sealing.Length), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            && opener.TryOpen(Record.Value.Span, Header.SealingKey, out body) == OpenResult.Opened;
    }
}

/// <summary>Goes through the log of sealed groups as far as it is now. Throws <see cref="IOException"/> or <see cref="TimeoutException"/> where the broker is away.</summary>
internal sealed class RawLog(KpSettings settings)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Groups written at a time or later, from a place on: partition by partition, each in its order.</summary>
    public async IAsyncEnumerable<RawGroup> ReadAsync(LinePlace from, DateTimeOffset written, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var partitions = await PartitionsAsync(cancellation);
        for (var partition = from.Partition; partition < partitions; partition++)
        {
            var (start, end) = await Task.Run(() => RangeOf(partition, written), cancellation);
            if (partition == from.Partition)
                start = Math.Max(start, from.Offset);
            if (start >= end)
                continue;
            await using var log = new PartitionLog(settings.Kafka, Topics.Raw, partition, start);
            for (var next = start; next < end;)
            {
                var record = await NextAsync(log, cancellation);
                next = record.Offset + 1;
                if (HeaderOf(record) is { } header)
                    yield return new RawGroup(partition, record, header);
            }
        }
    }

    private async Task<int> PartitionsAsync(CancellationToken cancellation)
    {
        try
        {
            return (await TopicCatalog.EnsureAsync(settings.Kafka, Topics.Raw, settings.Partitions, cancellation)).Partitions;
        }
        catch (KafkaUnavailableException away)
        {
            throw new IOException("the broker does not answer", away);
        }
    }

    private (long Start, long End) RangeOf(int partition, DateTimeOffset written)
    {
        var (low, high) = PartitionLog.Bounds(settings.Kafka, Topics.Raw, partition, Patience);
        return (Math.Max(low, PartitionLog.OffsetFrom(settings.Kafka, Topics.Raw, partition, written, Patience)), high);
    }

    private static async Task<LogRecord> NextAsync(PartitionLog log, CancellationToken cancellation)
    {
        try
        {
            return await log.Records.ReadAsync(cancellation).AsTask().WaitAsync(Patience, cancellation);
        }
        catch (ChannelClosedException ended)
        {
            throw new IOException("the log cannot be read on", ended);
        }
    }

    private static GroupHeader? HeaderOf(in LogRecord record)
    {
        try
        {
            return SealedGroup.TrySplit(record.Value.Span, out var header, out _) ? GroupHeader.Parser.ParseFrom(header) : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
