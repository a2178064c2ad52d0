using CsCheck;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>
/// Random logs of a partition: live and from several files, several instances, late and out of order, repeated, of several sites, ticks
/// and farewells, ends of imports, silences, around midnights and changes of the clocks. Few visitors, so that they meet.
/// </summary>
internal static class Streams
{
    private static readonly string[] Agents =
    [
        "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:27.0) Gecko/20100101 Firefox/27.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "-",
    ];

    private static readonly string[] Paths = ["/", "/", "/a", "/b.html", "/users/123456", "/x.css", "/robots.txt", "/%61"];
    private static readonly string[] Referrers = ["", "https://kp.org/", "https://www.google.com/search"];
    private static readonly int[] Statuses = [200, 200, 200, 304, 404, 206, 999];
    private static readonly string[] Methods = ["GET", "GET", "GET", "GET", "POST", "BREW"];
    private static readonly SiteStamp?[] Sites = [TestGroups.Sample, TestGroups.Sample, TestGroups.LosAngeles, TestGroups.LosAngeles, null];

    /// <summary>Before a midnight in UTC, before that of Los Angeles, and before its change to summer time.</summary>
    public static readonly DateTimeOffset Start = new(2026, 3, 7, 22, 0, 0, TimeSpan.Zero);

    private sealed record Told(int Minute, int Late, TestEvent Event);

    private sealed record Sent(int Kind, int Instance, ulong Sequence, int Site, int Source, int From, int StepMinutes, int StateKey, List<Told> Events);

    private static readonly Gen<Told> Event =
        from minute in Gen.OneOf(Gen.Int[0, 60 * 50], Gen.Int[100, 240], Gen.Int[580, 720])
        from second in Gen.Int[0, 59]
        from late in Gen.OneOf(Gen.Const(0), Gen.Int[0, 45], Gen.Int[0, 60 * 60])
        from address in Gen.OneOf(Gen.Int[0, 1].Select(n => $"10.0.0.{n}"), Gen.Int[0, 3].Select(n => $"8.8.{n / 2}.{n}"), Gen.Const("2001:db8:1::1"))
        from agent in Gen.Int[0, 9].Select(n => Math.Max(0, n - 6))
        from path in Gen.Int[0, Paths.Length - 1]
        from referrer in Gen.Int[0, Referrers.Length - 1]
        from status in Gen.Int[0, Statuses.Length - 1]
        from method in Gen.Int[0, Methods.Length - 1]
        from kind in Gen.Int[0, 12]
        from client in Gen.Int[-2, 2]
        from age in Gen.UInt[0, EventRow.OldestClient]
        from counter in Gen.ULong[1, 12]
        from campaign in Gen.Int[0, 5]
        let isPixel = kind is 0 or > 10
        select new Told(minute, late, new TestEvent(
            Start.AddMinutes(minute).AddSeconds(second), address, Agents[agent], Paths[path], isPixel ? 0 : Statuses[status], 7, isPixel ? "" : Methods[method], Referrers[referrer],
            Reason: kind == 1 ? Reason.BadTime : kind == 2 ? Reason.OptedOut : Reason.None,
            Flags: isPixel ? EventFlags.Pixel : EventFlags.None, Event: kind == 0 && minute % 2 == 0 ? "clicked" : "",
            Client: client > 0 ? $"client-{client}" : "", ClientAge: client > 0 ? age : 0, Campaign: campaign == 1 ? "spring" : "",
            Nonce: isPixel && counter < 10 ? $"run-{client}" : "", Counter: isPixel ? counter : 0));

    private static readonly Gen<Sent> Group =
        from kind in Gen.Int[0, 15]
        from instance in Gen.Int[1, 2]
        from sequence in Gen.ULong[1, 60]
        from site in Gen.Int[0, Sites.Length - 1]
        from source in Gen.Int[-3, 3]
        from at in Gen.Int[0, 8]
        from step in Gen.Frequency((12, Gen.Int[0, 20]), (3, Gen.Int[20, 200]), (1, Gen.Int[200, 60 * 40]))
        from key in Gen.Int[1, 2]
        from events in Event.List[0, 14]
        select new Sent(kind, instance, sequence, site, source, at * 50, step, key, events);

    /// <summary>Logs of up to so many groups.</summary>
    public static Gen<TestGroup[]> Of(int least, int most) => Group.List[least, most].Select(sent =>
    {
        var minutes = 0;
        return sent.Select(group => Make(group, Start.AddMinutes(minutes += group.StepMinutes))).ToArray();
    });

    /// <summary>What comes long after a log and ends everything that is open.</summary>
    public static TestGroup[] Ending(IReadOnlyList<TestGroup> log) =>
        [.. Enumerable.Range(1, 2).Select(instance => new TestGroup(
            TestGroups.Header(instance, 1000, GroupKind.Tick, DateTimeOffset.FromUnixTimeMilliseconds(log.Max(group => group.Header.ReceivedToMs)).AddDays(9)), [], null))];

    private static TestGroup Make(Sent sent, DateTimeOffset received)
    {
        var group = MakeOf(sent, received);
        group.Header.StateKey = $"state/2026-01-0{sent.StateKey}";
        return group;
    }

    private static TestGroup MakeOf(Sent sent, DateTimeOffset received)
    {
        var site = Sites[sent.Site];
        if (sent.Kind < 2)
            return new TestGroup(TestGroups.Header(sent.Instance, sent.Sequence, sent.Kind == 0 ? GroupKind.Tick : GroupKind.Farewell, received), [], null);
        if (sent.Source <= 0 || site is null)
            return TestGroups.Live(sent.Instance, sent.Sequence, received, site, [.. sent.Events.Select((told, i) => At(told, received) with { Of = i > sent.From / 50 ? TestGroups.LosAngeles : null })]);
        var file = TestGroups.File(sent.Source + (site.Name == "sample" ? 10 : 20), sent.Source, sent.From, sent.From + (sent.Events.Count * 10), site);
        if (sent.Kind > 3)
            return TestGroups.OfFile(sent.Instance, sent.Sequence, received, file, [.. sent.Events.Select((told, i) => told.Event with { Position = sent.From + (i * 10), Nonce = "" })]);
        var header = TestGroups.Header(sent.Instance, sent.Sequence, sent.Events.Count % 2 == 0 ? GroupKind.EndOfImport : GroupKind.EndingImport, received);
        (header.File, file.Parts) = (file, (uint)sent.Events.Count + 1);
        file.Part = (uint)sent.From % file.Parts;
        return new TestGroup(header, [], null);
    }

    // An event that its client numbers happened once, whenever it is received, and never after that.
    private static TestEvent At(Told told, DateTimeOffset received)
    {
        var (run, counter) = (told.Event.Nonce, told.Event.Counter);
        var happened = Start.AddMinutes(((run.Length > 0 ? run[^1] * 331 : 0) + ((int)counter * 97)) % 1500);
        return run.Length > 0 && happened <= received
            ? told.Event with { At = happened }
            : told.Event with { At = received.AddMinutes(-told.Late).AddSeconds(-(told.Minute % 60)), Nonce = "" };
    }
}
