using System.Buffers.Binary;
using KpTelemetry.Local.Broker.Storage;
using KpTelemetry.Local.Broker.Topics;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Appends record batches. With acks 1 as with acks all, the answer comes when they are on disk.</summary>
internal static class Produce
{
    private const short FirstWithZstd = 7;

    private readonly record struct Part(string Topic, int Partition, Range Records);

    private readonly record struct Outcome(string Topic, int Partition, AppendResult Result, long LogStart);

    public static async ValueTask<Reply> HandleAsync(Request request)
    {
        if (!TryParse(request, out var acks, out var isTransactional, out var parts))
        {
            return Reply.Malformed;
        }

        var outcomes = parts.ConvertAll(part => Append(request, part, isTransactional));
        for (var i = 0; i < outcomes.Count; i++)
        {
            if (!await outcomes[i].Result.OnDisk)
            {
                outcomes[i] = outcomes[i] with { Result = AppendResult.Refused(ErrorCode.KafkaStorageError) };
            }
        }

        return acks == 0 ? Reply.None : Answer(request, outcomes);
    }

    private static bool TryParse(Request request, out short acks, out bool isTransactional, out List<Part> parts)
    {
        var reader = request.Read();
        isTransactional = request.Version >= 3 && reader.NullableString() is not null;
        acks = reader.Int16();
        reader.Int32();
        parts = [];
        for (var topics = reader.Array(6); topics > 0; topics--)
        {
            var topic = reader.String();
            for (var partitions = reader.Array(5); partitions > 0; partitions--)
            {
                parts.Add(new Part(topic, reader.Int32(), reader.Bytes()));
                reader.Tags();
            }

            reader.Tags();
        }

        reader.Tags();
        return !reader.Failed;
    }

    private static Outcome Append(Request request, Part part, bool isTransactional)
    {
        var partition = FindTopic(request, part.Topic)?.Partition(part.Partition);
        var result = partition is null ? AppendResult.Refused(ErrorCode.UnknownTopicOrPartition)
            : isTransactional ? AppendResult.Refused(ErrorCode.TransactionalIdAuthorizationFailed)
            : Append(request, partition, request.Body.Span[part.Records]);
        return new Outcome(part.Topic, part.Partition, result, partition?.Bounds.Start ?? -1);
    }

    private static Topic? FindTopic(Request request, string name) =>
        request.Broker.Topics.Find(name)
        ?? (request.Broker.Options.AutoCreateTopics
            ? request.Broker.Topics.Create(name, request.Broker.Options.DefaultPartitions, new Dictionary<string, string>()).Topic
            : null);

    private static AppendResult Append(Request request, PartitionLog partition, Span<byte> records)
    {
        var error = Check(records, request.Version, out var header);
        return error == ErrorCode.None ? partition.Append(records, header) : AppendResult.Refused(error);
    }

    private static ErrorCode Check(ReadOnlySpan<byte> records, short version, out BatchHeader header)
    {
        header = default;
        if (records.Length > BatchHeader.MagicAt && records[BatchHeader.MagicAt] < 2)
        {
            return ErrorCode.UnsupportedForMessageFormat;
        }

        if (records.Length < BatchHeader.Size)
        {
            return ErrorCode.CorruptMessage;
        }

        header = BatchHeader.Read(records);
        if (header.BatchLength != records.Length - BatchHeader.LengthPrefix || Crc32C.Of(records[BatchHeader.CrcStart..]) != header.Crc)
        {
            // A second batch of one partition in a request is not of this protocol; Kafka refuses it as well.
            return header.BatchLength >= 0 && header.TotalLength < records.Length ? ErrorCode.InvalidRecord : ErrorCode.CorruptMessage;
        }

        return CheckContent(header with { BaseOffset = 0 }, version);
    }

    private static ErrorCode CheckContent(in BatchHeader header, short version) => header switch
    {
        { IsTransactional: true } => ErrorCode.TransactionalIdAuthorizationFailed,
        { IsPlausible: false } or { IsControl: true } or { Codec: > BatchHeader.Zstd } => ErrorCode.InvalidRecord,
        { IsIdempotent: true, BaseSequence: < 0 } or { IsIdempotent: true, ProducerEpoch: < 0 } => ErrorCode.InvalidRecord,
        { HasLogAppendTime: true } => ErrorCode.InvalidTimestamp,
        { Codec: BatchHeader.Zstd } when version < FirstWithZstd => ErrorCode.UnsupportedCompressionType,
        _ => ErrorCode.None,
    };

    private static WireWriter Answer(Request request, List<Outcome> outcomes)
    {
        var writer = request.Respond();
        var topics = outcomes.GroupBy(o => o.Topic, StringComparer.Ordinal).ToList();
        writer.Array(topics.Count);
        foreach (var topic in topics)
        {
            writer.String(topic.Key);
            writer.Array(topic.Count());
            foreach (var outcome in topic)
            {
                Write(writer, request.Version, outcome);
            }

            writer.Tags();
        }

        if (request.Version >= 1)
        {
            writer.Int32(0);
        }

        writer.Tags();
        return writer;
    }

    private static void Write(WireWriter writer, short version, Outcome outcome)
    {
        writer.Int32(outcome.Partition);
        writer.Error(outcome.Result.Error);
        writer.Int64(outcome.Result.BaseOffset);
        if (version >= 2)
        {
            writer.Int64(-1);
        }

        if (version >= 5)
        {
            writer.Int64(outcome.LogStart);
        }

        if (version >= 8)
        {
            writer.Array(0);
            writer.String(Reason(outcome.Result.Error));
        }

        writer.Tags();
    }

    private static string? Reason(ErrorCode error) => error switch
    {
        ErrorCode.UnsupportedForMessageFormat => "only record batches of format v2 are taken",
        ErrorCode.TransactionalIdAuthorizationFailed => Refusals.NoTransactions,
        _ => null,
    };
}
