using KpTelemetry.Local.Broker.Storage;
using KpTelemetry.Local.Broker.Topics;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>
/// Reads record batches that are on disk, waiting for the least number of bytes that the client wants. No fetch
/// sessions: the answer's session id is 0, with which clients name every partition each time.
/// </summary>
internal static class Fetch
{
    private const short FirstWithTopicIds = 13;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private sealed record Part(string? Name, Guid Id, int Partition, long Offset, int MaxBytes, Topic? Topic)
    {
        public PartitionLog? Log => Topic?.Partition(Partition);

        public ErrorCode Missing => Name is null && Topic is null ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
    }

    private sealed record Wanted(TimeSpan MaxWait, int MinBytes, int MaxBytes, int SessionId, List<Part> Parts);

    public static async ValueTask<Reply> HandleAsync(Request request)
    {
        if (!TryParse(request, out var wanted))
        {
            return Reply.Malformed;
        }

        if (wanted.SessionId != 0)
        {
            return Answer(request, ErrorCode.FetchSessionIdNotFound, wanted with { Parts = [] });
        }

        await AwaitBytesAsync(wanted, request);
        return Answer(request, ErrorCode.None, wanted);
    }

    private static bool TryParse(Request request, out Wanted wanted)
    {
        var reader = request.Read();
        var version = request.Version;
        if (version < 15)
        {
            reader.Int32();
        }

        var (wait, minBytes, maxBytes) = (reader.Int32(), reader.Int32(), reader.Int32());
        reader.Int8();
        var sessionId = version >= 7 ? reader.Int32() : 0;
        if (version >= 7)
        {
            reader.Int32();
        }

        var parts = ReadParts(ref reader, request);
        if (version >= 7)
        {
            SkipForgotten(ref reader, version);
        }

        if (version >= 11)
        {
            reader.String();
        }

        reader.Tags();
        var patience = TimeSpan.FromMilliseconds(Math.Clamp(wait, 0, LongestWait.TotalMilliseconds));
        wanted = new Wanted(patience, minBytes, Math.Min(maxBytes, request.Broker.Options.MaxFetchBytes), sessionId, parts);
        return !reader.Failed;
    }

    private static List<Part> ReadParts(ref WireReader reader, Request request)
    {
        var parts = new List<Part>();
        var byId = request.Version >= FirstWithTopicIds;
        for (var topics = reader.Array(6); topics > 0; topics--)
        {
            var name = byId ? null : reader.String();
            var id = byId ? reader.Uuid() : default;
            var topic = name is null ? request.Broker.Topics.Find(id) : request.Broker.Topics.Find(name);
            for (var partitions = reader.Array(16); partitions > 0; partitions--)
            {
                parts.Add(ReadPart(ref reader, request.Version, name, id, topic));
            }

            reader.Tags();
        }

        return parts;
    }

    private static Part ReadPart(ref WireReader reader, short version, string? name, Guid id, Topic? topic)
    {
        var partition = reader.Int32();
        if (version >= 9)
        {
            reader.Int32();
        }

        var offset = reader.Int64();
        if (version >= 12)
        {
            reader.Int32();
        }

        if (version >= 5)
        {
            reader.Int64();
        }

        var part = new Part(name, id, partition, offset, reader.Int32(), topic);
        reader.Tags();
        return part;
    }

    private static void SkipForgotten(ref WireReader reader, short version)
    {
        for (var topics = reader.Array(5); topics > 0; topics--)
        {
            if (version >= FirstWithTopicIds)
            {
                reader.Uuid();
            }
            else
            {
                reader.String();
            }

            for (var partitions = reader.Array(4); partitions > 0; partitions--)
            {
                reader.Int32();
            }

            reader.Tags();
        }
    }

    private static async Task AwaitBytesAsync(Wanted wanted, Request request)
    {
        var time = request.Broker.Time;
        var began = time.GetTimestamp();
        var isEnough = IsEnough(wanted);
        for (var left = wanted.MaxWait; !isEnough && left > TimeSpan.Zero; left = wanted.MaxWait - time.GetElapsedTime(began))
        {
            var waiter = new FetchWaiter();
            var logs = wanted.Parts.Select(p => p.Log).OfType<PartitionLog>().Distinct().ToList();
            logs.ForEach(l => l.AddWaiter(waiter));

            // Looked at again only now: what came in between woke nobody.
            isEnough = IsEnough(wanted);
            var isWoken = !isEnough && await waiter.WaitAsync(left, time, request.Closing);
            logs.ForEach(l => l.RemoveWaiter(waiter));
            if (!isWoken)
            {
                return;
            }

            isEnough = IsEnough(wanted);
        }
    }

    private static bool IsEnough(Wanted wanted)
    {
        var total = 0L;
        foreach (var part in wanted.Parts)
        {
            var (error, bytes) = part.Log?.Available(part.Offset) ?? (part.Missing, 0);
            total += bytes;
            if (error != ErrorCode.None)
            {
                return true;
            }
        }

        return total >= wanted.MinBytes;
    }

    private static WireWriter Answer(Request request, ErrorCode error, Wanted wanted)
    {
        var writer = request.Respond();
        writer.Int32(0);
        if (request.Version >= 7)
        {
            writer.Error(error);
            writer.Int32(0);
        }

        var left = wanted.MaxBytes;
        var isFirst = true;
        var topics = wanted.Parts.GroupBy(p => (p.Name, p.Id)).ToList();
        writer.Array(topics.Count);
        foreach (var topic in topics)
        {
            WriteTopicName(writer, topic.Key.Name, topic.Key.Id);
            writer.Array(topic.Count());
            foreach (var part in topic)
            {
                var read = part.Log?.Read(part.Offset, Math.Max(0, Math.Min(left, part.MaxBytes)), isFirst) ?? new ReadResult(part.Missing, new(-1, -1), null);
                Write(writer, request.Version, part, read);
                isFirst &= read.Records is null;
                left -= read.Records?.Length ?? 0;
            }

            writer.Tags();
        }

        writer.Tags();
        return writer;
    }

    private static void WriteTopicName(WireWriter writer, string? name, Guid id)
    {
        if (name is null)
        {
            writer.Uuid(id);
        }
        else
        {
            writer.String(name);
        }
    }

    private static void Write(WireWriter writer, short version, Part part, ReadResult read)
    {
        writer.Int32(part.Partition);
        writer.Error(read.Error);
        writer.Int64(read.Bounds.HighWatermark);
        writer.Int64(read.Bounds.HighWatermark);
        if (version >= 5)
        {
            writer.Int64(read.Bounds.Start);
        }

        writer.Array(0);
        if (version >= 11)
        {
            writer.Int32(-1);
        }

        writer.Records(read.Records);
        writer.Tags();
    }
}
