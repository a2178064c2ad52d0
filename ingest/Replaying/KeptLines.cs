using Google.Protobuf;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Ingest.Replaying;

/// <summary>
/// Opens lines that could not be used: the one place where a replay key opens anything. What is not there any more, or
/// was not kept, is left out. Not thread-safe.
/// </summary>
internal sealed class KeptLines(string servers, KeyStore keys) : IDisposable
{
    // Reading on costs less than asking anew.
    private const int ReadThrough = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly GroupOpener _opener = new(keys);
    private readonly EventBatchReader _batch = new();

    /// <summary>What is kept of the rows, in their order. They come in the order of the log.</summary>
    public async Task<List<KeptLine>> ReadAsync(IReadOnlyList<Pointer> pointers, CancellationToken cancellation)
    {
        var lines = new List<KeptLine>(pointers.Count);
        foreach (var partition in pointers.GroupBy(pointer => pointer.Place.Partition))
            await ReadAsync(partition.Key, [.. partition], lines, cancellation);
        return lines;
    }

    public void Dispose() => _opener.Dispose();

    private async Task ReadAsync(int partition, IReadOnlyList<Pointer> pointers, List<KeptLine> lines, CancellationToken cancellation)
    {
        var (low, high) = PartitionLog.Bounds(servers, Topics.Raw, partition, Patience);
        PartitionLog? log = null;
        try
        {
            long next = 0;
            foreach (var group in pointers.GroupBy(pointer => pointer.Place.Offset).Where(group => group.Key >= low && group.Key < high))
            {
                if (log is null || group.Key - next > ReadThrough)
                {
                    if (log is not null)
                        await log.DisposeAsync();
                    log = new PartitionLog(servers, Topics.Raw, partition, group.Key);
                }

                LogRecord record;
                do
                    record = await log.Records.ReadAsync(cancellation).AsTask().WaitAsync(Patience, cancellation);
                while (record.Offset < group.Key);
                next = record.Offset + 1;
                if (record.Offset == group.Key)
                    Open(record, [.. group], lines);
            }
        }
        finally
        {
            if (log is not null)
                await log.DisposeAsync();
        }
    }

    private void Open(in LogRecord record, IReadOnlyList<Pointer> pointers, List<KeptLine> lines)
    {
        if (!SealedGroup.TrySplit(record.Value.Span, out var bytes, out _) || HeaderOf(bytes) is not { } header
            || !DateOnly.TryParse(header.SealingKey.AsSpan(header.SealingKey.IndexOf('/', StringComparison.Ordinal) + 1), System.Globalization.CultureInfo.InvariantCulture, out var day)
            || _opener.TryOpen(record.Value.Span, header.SealingKey, out var body) != OpenResult.Opened || !_batch.TryRead(body))
            return;
        var first = 0;
        foreach (var section in _batch.Sections)
        {
            foreach (var pointer in pointers.Where(pointer => pointer.Place.Row >= first && pointer.Place.Row < first + section.Rows))
            {
                var row = pointer.Place.Row - first;
                if (Open(_batch.Value(section.SealedLine(row)), day) is { Length: > 0 } content)
                    lines.Add(new KeptLine(pointer, section.Flags(row), section.TimesMs[row], content));
            }

            first += section.Rows;
        }
    }

    // An event at midnight may lie in a group of the day after the one that its key is of.
    private byte[]? Open(ReadOnlySpan<byte> sealedLine, DateOnly day)
    {
        for (var back = 0; back <= 1; back++)
        {
            if (keys.Find(KeyNames.Replay(day.AddDays(-back))) is not { } key)
                continue;
            using var sealer = new Sealer(key);
            if (sealer.Open(sealedLine, []) is { } content)
                return content;
        }

        return null;
    }

    private static GroupHeader? HeaderOf(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return GroupHeader.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
