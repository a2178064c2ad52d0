using KpTelemetry.Local.Broker.Storage;

namespace KpTelemetry.Local.Broker.Topics;

/// <summary>A topic: its name, its id (another one when it is deleted and made again), and its partitions in order.</summary>
internal sealed record Topic(string Name, Guid Id, TopicSettings Settings, IReadOnlyList<PartitionLog> Partitions)
{
    public PartitionLog? Partition(int index) => index >= 0 && index < Partitions.Count ? Partitions[index] : null;
}
