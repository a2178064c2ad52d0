using CsCheck;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>Shares by visitor against a dictionary, over runs that grow in turns, packed and unpacked on the way.</summary>
public sealed class ShareTableTests
{
    private static readonly Gen<(int Visitor, int Cells)> Growing = Gen.Select(Gen.Int[0, 11], Gen.OneOf(Gen.Int[1, 12], Gen.Int[1, 12], Gen.Int[100, FoldBounds.MostCells]));

    [Fact]
    public void Shares_OfRunsThatGrowInTurns_AreKept() => Gen.Select(Growing.Array[1, 40], Gen.Bool.Array[40]).Check(
        (growths, packs) =>
        {
            var (table, runs, model) = (new ShareTable(), new ShareRun[12], new Dictionary<(int Visitor, int Cell), Mark>());
            for (var i = 0; i < growths.Length; i++)
            {
                var (visitor, most) = growths[i];
                for (var cell = 0; cell < most; cell += 1 + (i % 3))
                    Add(table, ref runs[visitor], model, (visitor, cell), (Mark)(1 << ((i + cell) % 9)));
                if (packs[i])
                    table = Repacked(table, runs);
            }

            Assert.Equal(model.Count, table.Count);
            Assert.All(model, known => Assert.Equal(known.Value, table[table.Find(runs[known.Key.Visitor], known.Key.Cell)].Marks));
            Assert.All(runs, run => Assert.Equal(-1, table.Find(run, FoldBounds.MostCells)));
        },
        iter: 300, threads: 1);

    private static void Add(ShareTable table, ref ShareRun run, Dictionary<(int Visitor, int Cell), Mark> model, (int Visitor, int Cell) key, Mark mark)
    {
        var place = table.Find(run, key.Cell);
        Assert.Equal(model.ContainsKey(key), place >= 0);
        table[place >= 0 ? place : table.Add(ref run, key.Cell)].Add(mark);
        model[key] = model.GetValueOrDefault(key) | mark;
    }

    private static ShareTable Repacked(ShareTable table, ShareRun[] runs)
    {
        var packed = new StatePacking().Pack(writer => Array.ForEach(runs, run => table.Save(writer, run)));
        return StatePacking.Unpack(packed, reader =>
        {
            var unpacked = new ShareTable();
            for (var i = 0; i < runs.Length; i++)
                unpacked.Load(reader, ref runs[i]);
            return unpacked;
        });
    }
}
