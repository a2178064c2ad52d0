using System.Text.Json.Serialization;

namespace KpTelemetry.Local.Broker.Topics;

/// <summary>A topic as its <c>topic.json</c> tells it.</summary>
internal sealed record TopicRecord(string Name, Guid Id, int Partitions, Dictionary<string, string> Settings);

[JsonSerializable(typeof(TopicRecord))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class TopicRecordJson : JsonSerializerContext;
