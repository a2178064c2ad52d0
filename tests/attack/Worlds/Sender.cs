using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Attack.Tests.Worlds;

/// <summary>
/// Puts deeds into the logs of the partitions as ingest would, live or as files, and cuts blocks at random. Blocks of
/// the partitions are committed in an order of chance.
/// </summary>
/// <param name="cuts">After how many groups each partition's blocks end.</param>
/// <param name="order">Blocks in the order of their commits.</param>
internal sealed class Sender(Random random, List<LoggedGroup>[] logs, List<int>[] cuts, List<(int Partition, int Block)> order)
{
    private readonly int _mostOfGroup = random.Next(1, 5);
    private readonly int _mostOfBlock = random.Next(1, 25);
    private readonly List<(Deed Deed, long Position)> _sent = [];
    private ulong _sequence;
    private long _position;
    private int _source = 1;

    /// <summary>A day's events while it is open, or an import when it, or a later one, is over.</summary>
    public void Send(IReadOnlyList<Deed> deeds, DateOnly day, bool isLive)
    {
        NewSource();
        Append([.. deeds.Select(deed => (deed, _position += 10))], day, isLive);
    }

    /// <summary>A file of its own, or the last one again, grown.</summary>
    public void SendLate(IReadOnlyList<Deed> deeds, DateOnly day)
    {
        var isAgain = random.Next(2) == 0;
        if (!isAgain)
            NewSource();
        List<(Deed, long)> rows = [.. _sent];
        rows.AddRange(deeds.Select(deed => (deed, _position += 10)));
        Append(rows, day, isLive: false);
    }

    // Positions are of one source.
    private void NewSource()
    {
        _sent.Clear();
        (_source, _position) = (_source + 1, 0);
    }

    private void Append(List<(Deed Deed, long Position)> rows, DateOnly day, bool isLive)
    {
        var pending = new List<(int, int)>();
        foreach (var ofPartition in rows.GroupBy(row => row.Deed.Person.Partition))
        {
            foreach (var group in ofPartition.Chunk(_mostOfGroup))
                Log(ofPartition.Key, group, day, isLive, pending);
            LogEnd(ofPartition.Key, day, isLive);
            Cut(ofPartition.Key, pending);
        }

        if (!isLive)
            _sent.AddRange(rows.Except(_sent));
        // Blocks of a partition keep their order.
        var queues = pending.GroupBy(block => block.Item1).Select(blocks => new Queue<(int, int)>(blocks)).ToList();
        while (queues.Count > 0)
        {
            var queue = queues[random.Next(queues.Count)];
            order.Add(queue.Dequeue());
            if (queue.Count == 0)
                queues.Remove(queue);
        }
    }

    private void Log(int partition, (Deed Deed, long Position)[] rows, DateOnly day, bool isLive, List<(int, int)> pending)
    {
        var received = isLive ? rows[^1].Deed.Event.At : new DateTimeOffset(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero);
        var header = TestGroups.Header(isLive ? 1 : 2, ++_sequence, GroupKind.Telemetry, received);
        if (!isLive)
            header.File = TestGroups.File(_source, _source, rows[0].Position, rows[^1].Position + 10, World.Site);
        logs[partition].Add(new LoggedGroup(header, [.. rows.Select(row => row.Deed with { Event = row.Deed.Event with { Position = row.Position } })]));
        if (random.Next(_mostOfBlock) == 0)
            Cut(partition, pending);
    }

    // What ends visits: the clock goes on, or the file is over.
    private void LogEnd(int partition, DateOnly day, bool isLive)
    {
        var header = TestGroups.Header(isLive ? 1 : 2, ++_sequence, isLive ? GroupKind.Tick : GroupKind.EndOfImport, new DateTimeOffset(day.AddDays(1), new TimeOnly(1, 0), TimeSpan.Zero));
        if (!isLive)
            header.File = TestGroups.File(_source, _source, _position + 10, _position + 10, World.Site);
        logs[partition].Add(new LoggedGroup(header, []));
    }

    private void Cut(int partition, List<(int, int)> pending)
    {
        if (logs[partition].Count == cuts[partition].LastOrDefault())
            return;
        pending.Add((partition, cuts[partition].Count));
        cuts[partition].Add(logs[partition].Count);
    }
}
