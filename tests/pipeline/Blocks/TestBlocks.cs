using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Counting;
using KpTelemetry.Processors.Blocks;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Pipeline.Tests.Blocks;

internal static class TestBlocks
{
    public static readonly DateOnly Day = new(2026, 1, 1);

    public static BlockContent Content(params IReadOnlyList<Cell> cells) => new()
    {
        Cells = cells, Books = [], Rejected = [], Covered = [], Days = [], ImportEnds = [], Access = [], LogDay = Day, WatermarkMs = 0, StateFrom = null, Rows = 0,
    };

    public static Cell Cell(int requests, string label = "/") => new("sample", Day, Table.Page, 0, label, new Counters { Requests = requests });

    public static Block Block(Claim claim, long first, long last, int foldVersion = 1, BlockContent? content = null) => new()
    {
        Claim = claim, FirstOffset = first, LastOffset = last, FoldVersion = foldVersion, Digest = [(byte)foldVersion],
        Content = content ?? Content(Cell(1)), ReplayFrom = 0,
    };
}
