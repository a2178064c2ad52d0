using System.Globalization;
using Google.Protobuf;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Processors.Reading;

/// <summary>
/// Opens the log's records one after the other and folds them. A record that is no group, does not open or does not read
/// is rejected in the books and pointed to; it never stops its partition. Not thread-safe.
/// </summary>
public sealed class GroupFolding(KeyStore keys) : IDisposable
{
    private readonly GroupOpener _opener = new(keys);
    private readonly EventBatchReader _events = new();

    /// <summary>Folds the record. True where its block should end with it, since somebody waits for its being counted.</summary>
    public bool Fold(PartitionFold fold, in LogRecord record)
    {
        if (HeaderOf(record.Value.Span) is not { } header)
        {
            fold.Reject(record.Offset, null);
            return false;
        }

        if (!fold.Begin(record.Offset, header))
            return false;
        switch (header.Kind)
        {
            case GroupKind.Telemetry:
                FoldEvents(fold, record, header);
                break;
            case GroupKind.Access:
                FoldAccess(fold, record, header);
                break;
        }

        return header.Kind == GroupKind.EndOfImport;
    }

    public void Dispose() => _opener.Dispose();

    private void FoldEvents(PartitionFold fold, in LogRecord record, GroupHeader header)
    {
        if (Open(record, header, out var body) && _events.TryRead(body) && KeyOf(header.StateKey) is { } stateKey)
        {
            fold.Name(header.SealingKey, record.Offset);
            fold.Name(header.StateKey, record.Offset);
            fold.Fold(record.Offset, header, _events, stateKey);
        }
        else
            fold.Reject(record.Offset, header);
    }

    private void FoldAccess(PartitionFold fold, in LogRecord record, GroupHeader header)
    {
        if (Open(record, header, out var body) && AccessOf(body) is { } batch)
        {
            fold.Name(header.SealingKey, record.Offset);
            fold.Fold(header, batch);
        }
        else
            fold.Reject(record.Offset, header);
    }

    private bool Open(in LogRecord record, GroupHeader header, out ReadOnlyMemory<byte> body)
    {
        body = default;
        return IsDaily(header.SealingKey, "sealing/") && _opener.TryOpen(record.Value.Span, header.SealingKey, out body) == OpenResult.Opened;
    }

    // The names come from the log: one that this system does not make is not looked for.
    private byte[]? KeyOf(string name) => IsDaily(name, "state/") ? keys.Find(name) : null;

    private static bool IsDaily(string name, string purpose) =>
        name.StartsWith(purpose, StringComparison.Ordinal) && DateOnly.TryParseExact(name.AsSpan(purpose.Length), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static GroupHeader? HeaderOf(ReadOnlySpan<byte> record)
    {
        try
        {
            return SealedGroup.TrySplit(record, out var header, out _) ? GroupHeader.Parser.ParseFrom(header) : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static AccessBatch? AccessOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            return AccessBatch.Parser.ParseFrom(body.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
