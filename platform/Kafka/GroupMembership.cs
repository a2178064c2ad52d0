using System.Collections.Concurrent;
using Confluent.Kafka;

namespace KpTelemetry.Platform.Kafka;

/// <summary>
/// Membership of a consumer group for its sharing of partitions alone: which are this member's changes as members come
/// and go. Reads no records, so that no slow reader can cost it the membership.
/// </summary>
public sealed class GroupMembership : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<int, long> _reached = [];
    private readonly HashSet<int> _mine = [];
    private readonly string _topic;
    private readonly IConsumer<Ignore, Ignore> _consumer;

    public GroupMembership(string bootstrap, string group, string topic)
    {
        _topic = topic;
        _consumer = new ConsumerBuilder<Ignore, Ignore>(Configuration(bootstrap, group))
            .SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { })
            .SetPartitionsAssignedHandler((_, assigned) => Assigned(assigned))
            .SetPartitionsRevokedHandler((_, revoked) => Gone(revoked.Select(partition => partition.Partition.Value)))
            .SetPartitionsLostHandler((_, lost) => Gone(lost.Select(partition => partition.Partition.Value)))
            .Build();
    }

    /// <summary>
    /// Takes part until cancelled, and tells every change of what is this member's to <paramref name="changed"/>, on the
    /// thread that runs this. Blocks: give it a thread of its own.
    /// </summary>
    public void Run(Action<IReadOnlySet<int>> changed, CancellationToken cancellation)
    {
        _consumer.Subscribe(_topic);
        HashSet<int> told = [];
        while (!cancellation.IsCancellationRequested)
        {
            _consumer.Consume(Poll);
            Commit();
            if (told.SetEquals(_mine))
                continue;
            changed(told = [.. _mine]);
            _consumer.Pause(_consumer.Assignment);
        }

        _consumer.Close();
    }

    /// <summary>Tells the group, soon, how far a partition has been done, for those who watch lag. Nothing depends on it.</summary>
    public void Reached(int partition, long nextOffset) => _reached[partition] = nextOffset;

    public void Dispose() => _consumer.Dispose();

    // At the end, so that the little that arrives before the pause is nothing.
    private IEnumerable<TopicPartitionOffset> Assigned(List<TopicPartition> assigned)
    {
        _mine.UnionWith(assigned.Select(partition => partition.Partition.Value));
        return assigned.Select(partition => new TopicPartitionOffset(partition, Offset.End));
    }

    private void Gone(IEnumerable<int> partitions)
    {
        foreach (var partition in partitions)
        {
            _mine.Remove(partition);
            _reached.TryRemove(partition, out _);
        }
    }

    private void Commit()
    {
        foreach (var (partition, offset) in _reached.Where(entry => _mine.Contains(entry.Key)).ToArray())
        {
            try
            {
                _consumer.Commit([new TopicPartitionOffset(_topic, partition, offset)]);
            }
            catch (KafkaException)
            {
                // The group is being shared out anew, or the broker is away: the next block tells a later offset.
                continue;
            }

            _reached.TryRemove(new KeyValuePair<int, long>(partition, offset));
        }
    }

    private static ConsumerConfig Configuration(string bootstrap, string group) => new()
    {
        BootstrapServers = bootstrap,
        GroupId = group,
        EnableAutoCommit = false,
        PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
        AutoOffsetReset = AutoOffsetReset.Latest,
        SessionTimeoutMs = 10_000,
        HeartbeatIntervalMs = 1_000,
        QueuedMaxMessagesKbytes = 1024,
        SocketKeepaliveEnable = true,
        AllowAutoCreateTopics = false,
    };
}
