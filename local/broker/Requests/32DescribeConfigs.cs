using System.Globalization;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Tells the configuration of topics and of the broker; nothing of it can be altered while it runs.</summary>
internal static class DescribeConfigs
{
    private const int TopicResource = 2;
    private const int BrokerResource = 4;
    private const int FromTopic = 1;
    private const int FromStart = 4;
    private const int FromDefaults = 5;

    private sealed record Resource(sbyte Type, string Name, HashSet<string>? Keys);

    private readonly record struct Setting(string Name, string? Value, int Source);

    public static ValueTask<Reply> HandleAsync(Request request)
    {
        var reader = request.Read();
        var resources = new List<Resource>();
        for (var count = reader.Array(4); count > 0; count--)
        {
            resources.Add(new Resource(reader.Int8(), reader.String(), ReadKeys(ref reader)));
        }

        if (request.Version >= 1)
        {
            reader.Bool();
        }

        return new(reader.Failed ? Reply.Malformed : Answer(request, resources));
    }

    private static HashSet<string>? ReadKeys(ref WireReader reader)
    {
        var count = reader.Array(1);
        if (count < 0)
        {
            return null;
        }

        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (; count > 0; count--)
        {
            keys.Add(reader.String());
        }

        return keys;
    }

    private static Reply Answer(Request request, List<Resource> resources)
    {
        var writer = request.Respond();
        writer.Int32(0);
        writer.Array(resources.Count);
        foreach (var resource in resources)
        {
            var (error, settings) = Describe(request.Broker, resource);
            writer.Error(error);
            writer.String(null);
            writer.Int8(resource.Type);
            writer.String(resource.Name);
            var asked = settings.Where(s => resource.Keys is not { Count: > 0 } || resource.Keys.Contains(s.Name)).ToList();
            writer.Array(asked.Count);
            asked.ForEach(setting => Write(writer, request.Version, setting));
        }

        return writer;
    }

    private static (ErrorCode Error, IEnumerable<Setting> Settings) Describe(BrokerContext broker, Resource resource)
    {
        var node = BrokerContext.NodeId.ToString(CultureInfo.InvariantCulture);
        return resource.Type switch
        {
            TopicResource when broker.Topics.Find(resource.Name) is { } topic =>
                (ErrorCode.None, topic.Settings.All().Select(s => new Setting(s.Name, s.Value, s.IsOwn ? FromTopic : FromDefaults))),
            TopicResource => (ErrorCode.UnknownTopicOrPartition, []),
            BrokerResource when resource.Name == node => (ErrorCode.None, OfBroker(broker.Options)),
            _ => (ErrorCode.InvalidRequest, []),
        };
    }

    private static IEnumerable<Setting> OfBroker(BrokerOptions options) =>
    [
        new("auto.create.topics.enable", options.AutoCreateTopics ? "true" : "false", FromStart),
        new("default.replication.factor", "1", FromDefaults),
        new("log.retention.bytes", Text(options.RetentionBytes ?? -1), FromStart),
        new("log.retention.ms", Text((long?)options.Retention?.TotalMilliseconds ?? -1), FromStart),
        new("log.segment.bytes", Text(options.SegmentBytes), FromStart),
        new("message.max.bytes", Text(options.MaxBatchBytes), FromStart),
        new("num.partitions", Text(options.DefaultPartitions), FromStart),
    ];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Write(WireWriter writer, short version, Setting setting)
    {
        writer.String(setting.Name);
        writer.String(setting.Value);
        writer.Bool(true);
        if (version == 0)
        {
            writer.Bool(setting.Source == FromDefaults);
        }
        else
        {
            writer.Int8(setting.Source);
        }

        writer.Bool(false);
        if (version >= 1)
        {
            writer.Array(0);
        }
    }
}
