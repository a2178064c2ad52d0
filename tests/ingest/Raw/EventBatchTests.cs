using System.Text;
using CsCheck;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Raw;

public sealed class EventBatchTests
{
    private static readonly SiteStamp Sample = new() { Name = "sample", Revision = 3, Timezone = "UTC", Hosts = { "example.org" }, Policy = "20170913" };
    private static readonly SiteStamp Other = new() { Name = "other", Revision = 1, Timezone = "America/Los_Angeles", Policy = "20170913" };

    private sealed record Line(int Site, long Time, long Position, uint Flags, Reason Reason, string[] Texts, uint Status, ulong Bytes);

    private static readonly Gen<string> Text = Gen.OneOf(Gen.Const(""), Gen.String[0, 40], OneOf("GET", "/", "/about", "Mozilla/5.0 (X11; Linux x86_64)"));

    private static readonly Gen<Line[]> Lines =
        Gen.Select(Gen.Int[0, 2], Gen.Long, Gen.Long[0, long.MaxValue], Gen.UInt[0, 3], OneOf(Reason.None, Reason.MalformedLine, Reason.OptedOut), Text.Array[7], Gen.UInt[0, 599], Gen.ULong[0, long.MaxValue - 1])
            .Select(t => new Line(t.Item1, t.Item2, t.Item3, t.Item4, t.Item5, t.Item6, t.Item7, t.Item8)).Array[0, 200];

    [Fact]
    public void Rows_received_under_two_revisions_of_the_policy_lie_in_two_sections()
    {
        var writer = new EventBatchWriter();
        var later = new SiteStamp(Sample) { Policy = "20260101" };
        foreach (var stamp in (SiteStamp[])[Sample, later, new SiteStamp(Sample), later])
            writer.Add(writer.Section(stamp), new EventRow { TimeMs = 1 });
        var reader = new EventBatchReader();
        Assert.True(reader.TryRead(writer.Finish()));
        var sections = new List<(string?, int)>();
        foreach (var section in reader.Sections)
            sections.Add((section.Site?.Policy, section.Rows));
        Assert.Equal([("20170913", 2), ("20260101", 2)], sections);
    }

    [Fact]
    public void What_is_written_reads_back_by_the_reader_and_by_protobuf()
    {
        var writer = new EventBatchWriter();
        var reader = new EventBatchReader();
        Lines.Check(
            lines =>
            {
                writer.Reset();
                foreach (var line in lines)
                    writer.Add(writer.Section(SiteOf(line)), RowOf(writer, line));
                var bytes = writer.Finish().ToArray();

                Assert.True(reader.TryRead(bytes));
                Assert.Equal(lines.Length, reader.Rows);
                AssertSame(lines, reader);
                AssertSame(lines, EventBatch.Parser.ParseFrom(bytes));
            },
            iter: 200,
            threads: 1);
    }

    [Fact]
    public void Any_damage_reads_as_false_or_as_a_batch_but_never_throws()
    {
        var bytes = Small();
        var reader = new EventBatchReader();
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte, Gen.Int[0, bytes.Length]).Check(
            (at, value, length) =>
            {
                var damaged = bytes.ToArray();
                damaged[at] = value;
                if (reader.TryRead(damaged.AsMemory(0, length)))
                    ReadEverything(reader);
            },
            iter: 20_000,
            threads: 1);
    }

    [Fact]
    public void A_second_text_or_a_second_cut_of_it_is_no_batch()
    {
        var reader = new EventBatchReader();
        Assert.True(reader.TryRead(new byte[] { 0x0a, 1, (byte)'a', 0x12, 2, 0, 1 }));
        Assert.False(reader.TryRead(new byte[] { 0x0a, 1, (byte)'a', 0x12, 2, 0, 1, 0x12, 1, 1 }));
        Assert.False(reader.TryRead(new byte[] { 0x0a, 1, (byte)'a', 0x12, 2, 0, 1, 0x0a, 0 }));
    }

    [Fact]
    public void A_value_is_stored_once_however_often_it_comes()
    {
        var writer = new EventBatchWriter();
        var path = writer.Value("/a"u8);
        Assert.Equal(path, writer.Value("/a"u8));
        Assert.Equal(0, writer.Value(default));
    }

    [Fact]
    public void A_batch_is_full_before_it_passes_a_groups_limit()
    {
        var writer = new EventBatchWriter();
        var section = writer.Section(Sample);
        for (var i = 0; !writer.IsFull; i++)
            writer.Add(section, new EventRow { TimeMs = 1_700_000_000_000 + (i * 7919L), Position = i * 250L, Bytes = (ulong)i * 1000, Path = writer.Value(Encoding.UTF8.GetBytes($"/page/{i}")) });
        Assert.InRange(writer.Finish().Length, 256 * 1024, 512 * 1024);
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.OneOf([.. values.Select(Gen.Const)]);

    private static byte[] Small()
    {
        var writer = new EventBatchWriter();
        var section = writer.Section(Sample);
        for (var i = 0; i < 5; i++)
            writer.Add(section, new EventRow { TimeMs = i, Position = i * 10, Address = writer.Value("192.0.2.1"u8), Path = writer.Value("/"u8), Status = 200, Bytes = 12 });
        return writer.Finish().ToArray();
    }

    private static void ReadEverything(EventBatchReader reader)
    {
        foreach (var section in reader.Sections)
        {
            for (var row = 0; row < section.Rows; row++)
                _ = (reader.Text(section.Address(row)), reader.Text(section.Path(row)), section.Reason(row), section.Status(row), section.Bytes(row), section.TimesMs[row]);
        }
    }

    private static SiteStamp? SiteOf(Line line) => line.Site switch { 0 => Sample, 1 => Other, _ => null };

    private static EventRow RowOf(EventBatchWriter writer, Line line)
    {
        int Value(int i) => writer.Value(Encoding.UTF8.GetBytes(line.Texts[i]));
        return new EventRow
        {
            TimeMs = line.Time, Position = line.Position, Flags = (EventFlags)line.Flags, Reason = line.Reason, Status = line.Status, Bytes = line.Bytes,
            Address = Value(0), Agent = Value(1), Method = Value(2), Path = Value(3), Referrer = Value(4), Event = Value(5), SealedLine = Value(6),
        };
    }

    private static void AssertSame(Line[] lines, EventBatchReader reader)
    {
        foreach (var section in reader.Sections)
        {
            var expected = lines.Where(line => SiteOf(line)?.Name == section.Site?.Name).ToArray();
            Assert.Equal(expected.Length, section.Rows);
            for (var row = 0; row < section.Rows; row++)
            {
                var line = expected[row];
                Assert.Equal(SiteOf(line), section.Site);
                Assert.Equal((line.Time, line.Position, (EventFlags)line.Flags, line.Reason), (section.TimesMs[row], section.Positions[row], section.Flags(row), section.Reason(row)));
                Assert.Equal(((int)line.Status, (long)line.Bytes), (section.Status(row), section.Bytes(row)));
                int[] values = [section.Address(row), section.Agent(row), section.Method(row), section.Path(row), section.Referrer(row), section.Event(row), section.SealedLine(row)];
                Assert.Equal(line.Texts.Select(Valid), values.Select(reader.Text));
            }
        }
    }

    private static void AssertSame(Line[] lines, EventBatch batch)
    {
        foreach (var section in batch.Sections)
        {
            var expected = lines.Where(line => SiteOf(line)?.Name == section.Site?.Name).ToArray();
            long time = 0;
            Assert.Equal(expected.Select(line => line.Time), section.TimeDeltaMs.Select(delta => time += delta));
            Assert.Equal(expected.Select(line => line.Status), Column(section.Status, expected.Length));
            Assert.Equal(expected.Select(line => Encoding.UTF8.GetByteCount(line.Texts[3])), Column(section.Path, expected.Length).Select(value => (int)batch.TextLengths[(int)value]));
        }
    }

    private static IEnumerable<T> Column<T>(IReadOnlyCollection<T> column, int rows) where T : struct => column.Count == 0 ? Enumerable.Repeat(default(T), rows) : column;

    private static string Valid(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
