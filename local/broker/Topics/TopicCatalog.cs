using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using KpTelemetry.Local.Broker.Storage;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Topics;

/// <summary>The topics, each in a directory named by its id, that is there whole or not at all.</summary>
internal sealed class TopicCatalog : IDisposable
{
    private const string RecordFile = "topic.json";
    private const string Unfinished = ".unfinished";
    private readonly Lock _changes = new();
    private readonly ConcurrentDictionary<string, Topic> _byName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Guid, Topic> _byId = [];
    private readonly string _root;
    private readonly BrokerOptions _options;
    private readonly LogServices _services;

    public TopicCatalog(BrokerOptions options, LogServices services)
    {
        _root = Path.Combine(options.Home, "topics");
        _options = options;
        _services = services;
        Directory.CreateDirectory(_root);
        foreach (var directory in Directory.GetDirectories(_root))
        {
            Load(directory);
        }
    }

    /// <summary>All topics by name.</summary>
    public IEnumerable<Topic> All => _byName.Values.OrderBy(t => t.Name, StringComparer.Ordinal);

    public Topic? Find(string name) => _byName.GetValueOrDefault(name);

    public Topic? Find(Guid id) => _byId.GetValueOrDefault(id);

    /// <summary>Checks what a new topic asks for and, unless only checking, makes it; on disk when this returns.</summary>
    public (ErrorCode Error, string? Reason, Topic? Topic) Create(
        string name, int partitions, IReadOnlyDictionary<string, string> settings, bool validateOnly = false)
    {
        var own = TopicSettings.TryCreate(settings, _options, out var reason);
        lock (_changes)
        {
            var (error, why) = Check(name, partitions, own is null ? reason : null);
            if (error != ErrorCode.None)
            {
                return (error, why, null);
            }

            var record = new TopicRecord(name, new Guid(RandomNumberGenerator.GetBytes(16)), partitions, new(settings));
            return validateOnly ? (ErrorCode.None, null, null) : TryMake(record, own!);
        }
    }

    /// <summary>Deletes a topic with all that it holds; false where there is none.</summary>
    public bool Delete(string name)
    {
        lock (_changes)
        {
            if (!_byName.TryRemove(name, out var topic))
            {
                return false;
            }

            _byId.TryRemove(topic.Id, out _);
            foreach (var partition in topic.Partitions)
            {
                partition.Dispose();
            }

            var gone = DirectoryOf(topic.Id) + Unfinished;
            Directory.Move(DirectoryOf(topic.Id), gone);
            _services.Flusher.Now(() => DiskSync.Directory(_root));
            Directory.Delete(gone, recursive: true);
            return true;
        }
    }

    public void Dispose()
    {
        foreach (var partition in _byName.Values.SelectMany(t => t.Partitions))
        {
            partition.Dispose();
        }
    }

    private (ErrorCode Error, string? Reason) Check(string name, int partitions, string? wrongSetting)
    {
        if (!TopicName.IsValid(name))
        {
            return (ErrorCode.InvalidTopic, "a topic's name has 1 to 249 letters, digits, dots, underscores and hyphens");
        }

        if (_byName.ContainsKey(name))
        {
            return (ErrorCode.TopicAlreadyExists, "the topic exists");
        }

        if (partitions < 1)
        {
            return (ErrorCode.InvalidPartitions, "a topic has at least one partition");
        }

        if (wrongSetting is not null)
        {
            return (ErrorCode.InvalidConfig, wrongSetting);
        }

        return _byName.Values.Sum(t => t.Partitions.Count) + (long)partitions > _options.MaxPartitions
            ? (ErrorCode.PolicyViolation, $"this broker holds at most {_options.MaxPartitions} partitions")
            : (ErrorCode.None, null);
    }

    private (ErrorCode Error, string? Reason, Topic? Topic) TryMake(TopicRecord record, TopicSettings settings)
    {
        try
        {
            return (ErrorCode.None, null, _services.Flusher.Now(() => Make(record, settings)));
        }
        catch (IOException)
        {
            // What is left of it carries no finished name, and goes at the next start.
            return (ErrorCode.KafkaStorageError, "the disk did not take the topic", null);
        }
    }

    private Topic Make(TopicRecord record, TopicSettings settings)
    {
        var unfinished = DirectoryOf(record.Id) + Unfinished;
        for (var i = 0; i < record.Partitions; i++)
        {
            var partition = Directory.CreateDirectory(PartitionDirectory(unfinished, i)).FullName;
            Segment.Create(partition, 0, _services.Time.GetUtcNow()).Release();
        }

        DurableFile.Write(Path.Combine(unfinished, RecordFile), JsonSerializer.SerializeToUtf8Bytes(record, TopicRecordJson.Default.TopicRecord));
        Directory.Move(unfinished, DirectoryOf(record.Id));
        DiskSync.Directory(_root);
        return Open(record, settings);
    }

    private void Load(string directory)
    {
        if (directory.EndsWith(Unfinished, StringComparison.Ordinal))
        {
            Directory.Delete(directory, recursive: true);
            return;
        }

        var record = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(directory, RecordFile)), TopicRecordJson.Default.TopicRecord)!;
        var settings = TopicSettings.TryCreate(record.Settings, _options, out var reason)
            ?? throw new InvalidDataException($"{Path.Combine(directory, RecordFile)}: {reason}");
        Open(record, settings);
    }

    private Topic Open(TopicRecord record, TopicSettings settings)
    {
        var partitions = Enumerable.Range(0, record.Partitions)
            .Select(i => PartitionLog.Open(PartitionDirectory(DirectoryOf(record.Id), i), settings.Log, _services))
            .ToArray();
        var topic = new Topic(record.Name, record.Id, settings, partitions);
        if (!_byName.TryAdd(topic.Name, topic))
        {
            throw new InvalidDataException($"two topics are called {topic.Name}");
        }

        return _byId[topic.Id] = topic;
    }

    private string DirectoryOf(Guid id) => Path.Combine(_root, id.ToString());

    private static string PartitionDirectory(string topic, int index) =>
        Path.Combine(topic, index.ToString(CultureInfo.InvariantCulture));
}
