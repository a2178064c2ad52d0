using KpTelemetry.Local.Broker.Storage;
using Microsoft.Win32.SafeHandles;

namespace KpTelemetry.Local.Broker.Groups;

/// <summary>
/// The groups' offsets: a table in memory, and a journal on disk that is written before it, flushed with the logs, and
/// written anew when most of it is out of date.
/// </summary>
internal sealed class OffsetStore : IFlushTarget, IDisposable
{
    private const int LeastToCompact = 4 * 1024 * 1024;
    private const int CompactWhenGrown = 4;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<PartitionId, CommittedOffset>> _groups = new(StringComparer.Ordinal);
    private readonly List<SafeFileHandle> _replaced = [];
    private readonly ByteTally _memory;
    private readonly Flusher _flusher;
    private readonly string _path;
    private SafeFileHandle _journal;
    private long _size;
    private long _compactAt;

    /// <summary>Reads the journal, cuts its torn tail, and drops the offsets of topics that are gone.</summary>
    public OffsetStore(string home, Flusher flusher, ByteTally memory, Func<Guid, bool> topicExists)
    {
        _path = Path.Combine(home, "group-offsets");
        _flusher = flusher;
        _memory = memory;
        var journal = File.Exists(_path) ? File.ReadAllBytes(_path) : [];
        OffsetEntry.ReadAll(journal, entry => Apply(entry, topicExists));
        _journal = Rewrite();
    }

    /// <inheritdoc/>
    public bool FlushDue { get; set; }

    /// <summary>The groups that have offsets.</summary>
    public IReadOnlyList<string> Groups
    {
        get
        {
            lock (_gate)
            {
                return [.. _groups.Keys];
            }
        }
    }

    /// <summary>
    /// Stores offsets; the task tells whether they are on disk. False where the bound on what is remembered is reached.
    /// </summary>
    /// <exception cref="IOException">The disk did not take them.</exception>
    public bool TryCommit(
        string group, IReadOnlyList<(PartitionId Partition, CommittedOffset Offset)> offsets, out Task<bool> onDisk)
    {
        var bytes = offsets.Sum(o => o.Offset.Bytes) + (2L * group.Length);
        lock (_gate)
        {
            if (!_memory.TryTake(bytes))
            {
                onDisk = Task.FromResult(false);
                return false;
            }

            var entries = offsets.Select(o => new OffsetEntry(group, o.Partition, o.Offset)).ToList();
            _memory.Give(bytes);
            Append(entries);
            entries.ForEach(e => Apply(e, _ => true));
            onDisk = _flusher.Request(this);
            return true;
        }
    }

    /// <summary>A group's offsets, once what is told is on disk: nobody starts from an offset that a crash takes back.</summary>
    public async Task<IReadOnlyDictionary<PartitionId, CommittedOffset>> FetchAsync(string group)
    {
        Task<bool> durable;
        Dictionary<PartitionId, CommittedOffset> offsets;
        lock (_gate)
        {
            offsets = _groups.TryGetValue(group, out var found) ? new(found) : [];
            durable = offsets.Count == 0 ? Task.FromResult(true) : _flusher.Request(this);
        }

        return await durable ? offsets : new Dictionary<PartitionId, CommittedOffset>();
    }

    /// <summary>Forgets a group; false where it had nothing.</summary>
    public async Task<bool> ForgetAsync(string group)
    {
        Task<bool> durable;
        lock (_gate)
        {
            if (!_groups.ContainsKey(group))
            {
                return false;
            }

            var entry = new OffsetEntry(group, null, default);
            Append([entry]);
            Apply(entry, _ => true);
            durable = _flusher.Request(this);
        }

        return await durable;
    }

    /// <summary>Forgets a deleted topic's offsets; a restart does so by itself.</summary>
    public void ForgetTopic(Guid topic)
    {
        lock (_gate)
        {
            foreach (var group in _groups.Keys.ToList())
            {
                var offsets = _groups[group];
                foreach (var partition in offsets.Keys.Where(p => p.Topic == topic).ToList())
                {
                    offsets.Remove(partition, out var gone);
                    _memory.Give(gone.Bytes);
                }

                DropIfEmpty(group);
            }
        }
    }

    /// <inheritdoc/>
    public void StartWriteback()
    {
        // A few hundred bytes: the fsync itself is all there is.
    }

    /// <inheritdoc/>
    public void Flush()
    {
        SafeFileHandle journal;
        lock (_gate)
        {
            _replaced.ForEach(f => f.Dispose());
            _replaced.Clear();
            journal = _journal;
        }

        // Only the flusher's thread closes a journal while the store is open, and that is this one.
        DiskSync.File(journal);
    }

    public void Dispose()
    {
        _replaced.ForEach(f => f.Dispose());
        _journal.Dispose();
    }

    private void Append(List<OffsetEntry> entries)
    {
        if (_size > _compactAt)
        {
            var fresh = _flusher.Now(Rewrite);
            _replaced.Add(_journal);
            _journal = fresh;
        }

        using var bytes = new MemoryStream();
        entries.ForEach(e => e.Write(bytes));
        try
        {
            RandomAccess.Write(_journal, bytes.GetBuffer().AsSpan(0, (int)bytes.Length), _size);
        }
        catch (IOException)
        {
            RandomAccess.SetLength(_journal, _size);
            throw;
        }

        _size += bytes.Length;
    }

    private SafeFileHandle Rewrite()
    {
        using var bytes = new MemoryStream();
        foreach (var (group, offsets) in _groups)
        {
            foreach (var (partition, committed) in offsets)
            {
                new OffsetEntry(group, partition, committed).Write(bytes);
            }
        }

        DurableFile.Write(_path, bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        _size = bytes.Length;
        _compactAt = Math.Max(LeastToCompact, _size * CompactWhenGrown);
        return File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite);
    }

    private void Apply(OffsetEntry entry, Func<Guid, bool> topicExists)
    {
        if (entry.Partition is not { } partition)
        {
            if (_groups.Remove(entry.Group, out var gone))
            {
                _memory.Give(gone.Values.Sum(o => o.Bytes) + (2L * entry.Group.Length));
            }
        }
        else if (topicExists(partition.Topic))
        {
            Put(entry.Group, partition, entry.Committed);
        }
    }

    private void Put(string group, PartitionId partition, CommittedOffset committed)
    {
        if (!_groups.TryGetValue(group, out var offsets))
        {
            _groups[group] = offsets = [];
            _memory.TryTake(2L * group.Length);
        }

        if (offsets.TryGetValue(partition, out var before))
        {
            _memory.Give(before.Bytes);
        }

        offsets[partition] = committed;
        _memory.TryTake(committed.Bytes);
    }

    private void DropIfEmpty(string group)
    {
        if (_groups[group].Count == 0)
        {
            _groups.Remove(group);
            _memory.Give(2L * group.Length);
        }
    }
}
