using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Pipeline.Tests.Engines;

/// <summary>Logs that tests tell.</summary>
internal static class Stories
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private const string Agent = "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:27.0) Gecko/20100101 Firefox/27.0";

    public static TestEvent View(int visitor, DateTimeOffset at, string path = "/", long position = 0) =>
        new(at, $"8.{visitor / 250}.{visitor % 250}.8", Agent, path, Position: position);

    /// <summary>Groups of ten live views; every visitor comes back in later groups.</summary>
    public static IEnumerable<TestGroup> Live(int groups, int instance = 1, int visitors = 70) => Enumerable.Range(0, groups).Select(group => TestGroups.Live(
        instance, (ulong)group + 1, Noon.AddSeconds(group), TestGroups.Sample,
        [.. Enumerable.Range(0, 10).Select(i => View(((group * 10) + i) % visitors, Noon.AddSeconds(group), i % 3 == 0 ? "/a" : "/b"))]));

    public static TestGroup Tick(ulong sequence, DateTimeOffset at, int instance = 1) => new(TestGroups.Header(instance, sequence, GroupKind.Tick, at), [], null);

    public static TestGroup End(int import, ulong sequence, DateTimeOffset at)
    {
        var header = TestGroups.Header(1, sequence, GroupKind.EndOfImport, at);
        header.File = TestGroups.File(1, import, 0, 0, TestGroups.Sample);
        return new TestGroup(header, [], null);
    }
}
