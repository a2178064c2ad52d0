using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Schemas.Lattice;
using KpTelemetry.Schemas.Policies;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>Runs groups through a fold and adds up its blocks.</summary>
internal sealed class Folding : IDisposable
{
    private readonly PartitionFold _fold;
    private readonly EventBatchReader _reader = new();
    private long _offset;

    /// <param name="packing">By default, days are packed as they are in use, in which tests do not come near it.</param>
    public Folding(FoldStart? start = null, long offset = 0, PolicyBook? policies = null, StatePacking? packing = null)
    {
        _fold = new PartitionFold(Lists.Reference, start ?? FoldStart.Empty, (policies ?? PolicyBook.OfBuiltIn).With, packing ?? new StatePacking());
        _offset = offset;
    }

    /// <summary>Packs every day that the last group was not of, whatever its size.</summary>
    public static StatePacking Always => new(rowsBetween: 1, entriesOfRow: int.MaxValue);

    public List<BlockContent> Blocks { get; } = [];

    public PartitionFold Fold => _fold;

    /// <summary>Folds groups; a tick, farewell or end has no events.</summary>
    public Folding Add(params IEnumerable<TestGroup> groups)
    {
        foreach (var group in groups)
        {
            var offset = _offset++;
            if (!_fold.Begin(offset, group.Header) || group.Header.Kind != GroupKind.Telemetry)
                continue;
            Xunit.Assert.True(_reader.TryRead(TestGroups.Body(group)));
            _fold.Fold(offset, group.Header, _reader, SHA256.HashData(Encoding.UTF8.GetBytes(group.Header.StateKey)));
        }

        return this;
    }

    public BlockContent Cut()
    {
        Blocks.Add(_fold.TakeBlock());
        return Blocks[^1];
    }

    /// <summary>Sums of the cells of all blocks, this one's included.</summary>
    public Dictionary<CellName, Counters> Cells()
    {
        Cut();
        return Sum(Blocks);
    }

    public static Dictionary<CellName, Counters> Sum(IEnumerable<BlockContent> blocks)
    {
        var sums = new Dictionary<CellName, Counters>();
        foreach (var cell in blocks.SelectMany(block => block.Cells))
        {
            var name = new CellName(cell.Site, cell.Day, cell.Table, cell.Hour, cell.Label);
            var sum = sums.GetValueOrDefault(name);
            sum.Add(cell.Counters);
            sums[name] = sum;
        }

        return sums;
    }

    public long Events(Outcome outcome) => Blocks.SelectMany(block => block.Books).Where(entry => entry.Outcome == outcome).Sum(entry => entry.Events);

    public void Dispose() => _fold.Dispose();
}

internal sealed record CellName(string Site, DateOnly Day, Table Table, byte Hour, string Label);
