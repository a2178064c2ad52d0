using CsCheck;
using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Pipeline.Tests.Engines;

/// <summary>
/// Random access groups among those of a partition's log: events that two portals name and name again, each for itself, lines
/// of no file with a name and without, lines of two files whose ranges overlap, and groups that a producer sends twice. Few members, so that they meet.
/// </summary>
internal static class AccessStreams
{
    private const int MembersOfPartition = 3;
    private const int BytesOfLine = 10;
    private const ulong FirstSequence = 100;

    private static readonly string[] Actions = ["signed-on", "sign-on-failed", "service-accessed", "service-accessed", "service-accessed", "signed-off"];

    private sealed record Sent(int Place, int Kind, int Instance, int First, int Count, int Late, int Service);

    private static readonly Gen<Sent> Group =
        from place in Gen.Int[0, 10_000]
        from kind in Gen.Int[0, 9]
        from instance in Gen.Int[1, 2]
        from first in Gen.Int[0, 60]
        from count in Gen.Int[1, 8]
        from late in Gen.OneOf(Gen.Const(0), Gen.Int[0, 12], Gen.Int[0, 90])
        from service in Gen.Int[0, 3]
        select new Sent(place, kind, instance, first, count, late, service);

    /// <summary>Whom a partition's access groups tell of.</summary>
    public static IEnumerable<string> MembersOf(int partition) => Enumerable.Range(0, MembersOfPartition).Select(number => Member(partition, number));

    /// <summary>The log with access groups in it.</summary>
    public static Gen<TestGroup[]> Among(TestGroup[] log, int partition) => Group.List[60, 90].Select(sent =>
    {
        var mixed = new List<TestGroup>();
        var made = new List<TestGroup>();
        var waiting = new Queue<Sent>(sent.OrderBy(group => group.Place % (log.Length + 1)));
        for (var place = 0; place <= log.Length; place++)
        {
            while (waiting.TryPeek(out var next) && next.Place % (log.Length + 1) == place)
            {
                made.Add(Make(waiting.Dequeue(), partition, place == 0 ? Streams.Start : Received(log[place - 1]), made));
                mixed.Add(made[^1]);
            }

            if (place < log.Length)
                mixed.Add(log[place]);
        }

        return mixed.ToArray();
    });

    private static TestGroup Make(Sent sent, int partition, DateTimeOffset received, List<TestGroup> made)
    {
        if (sent.Kind == 0 && made.Count > 0)
            return made[sent.First % made.Count];
        var header = TestGroups.Header(sent.Instance, FirstSequence + (ulong)made.Count, GroupKind.Access, received, sent.Count);
        if (sent.Kind > 6)
            header.File = TestGroups.File(100 + (sent.Kind % 2), 1 + (made.Count % 3), sent.First * BytesOfLine, (sent.First + sent.Count) * BytesOfLine, TestGroups.Sample);
        var numbers = Enumerable.Range(sent.First, sent.Count);
        AccessEvent[] events = header.File is { } file
            ? [.. numbers.Where(line => line % 2 == partition).Select(line => Line(partition, line))]
            : [.. numbers.Select(number => Event(partition, number, received.AddMinutes(-sent.Late), sent.Service) is var told && sent.Kind > 2 ? Named(told, partition, number, sender: sent.Kind - 3) : told)];
        header.Rows = (uint)events.Length;
        return new TestGroup(header, [], null) { Access = events };
    }

    // What a file says at a place it says whenever it is sent.
    private static AccessEvent Line(int partition, int line) => Event(partition, line / 2, Streams.Start.AddMinutes(line * 9), line % 4) is var told
        ? new AccessEvent(told) { Position = line * BytesOfLine, Action = "service-accessed" }
        : told;

    // Sent again it is the same event, also where it tells something else: the first holds.
    private static AccessEvent Named(AccessEvent told, int partition, int number, int sender) =>
        new(told) { EventId = $"event-{partition}-{number}", Sender = sender == 0 ? "" : $"portal-{sender % 2}" };

    private static AccessEvent Event(int partition, int number, DateTimeOffset at, int service) => new()
    {
        Site = TestGroups.Sample,
        AtMs = at.ToUnixTimeMilliseconds(),
        Member = Member(partition, number % MembersOfPartition),
        Actor = number % 5 == 0 ? Member(1 - partition, number % MembersOfPartition) : "",
        OnBehalfOf = number % 7 == 0 ? $"dependent-{number}" : "",
        Action = Actions[number % Actions.Length],
        Service = $"/my/{service}",
        Channel = "web",
        Outcome = number % 3 == 0 ? "refused" : "success",
    };

    private static string Member(int partition, int number) => $"member-{partition}-{number}";

    private static DateTimeOffset Received(TestGroup group) => DateTimeOffset.FromUnixTimeMilliseconds(group.Header.ReceivedToMs);
}
