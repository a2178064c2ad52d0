using System.Text;
using Google.Protobuf;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Pipeline.Tests.Counting;

/// <summary>An event as a test states it.</summary>
/// <param name="Of">The site, where it is not the group's: a section of its own.</param>
internal sealed record TestEvent(
    DateTimeOffset At, string Address, string Agent, string Path, int Status = 200, long Bytes = 100, string Method = "GET",
    string Referrer = "", long Position = 0, Reason Reason = Reason.None, EventFlags Flags = EventFlags.None, string Event = "",
    string Client = "", uint ClientAge = 0, string Campaign = "", string Nonce = "", ulong Counter = 0,
    SiteStamp? Of = null);

/// <summary>A group as a test states it: header and rows.</summary>
internal sealed record TestGroup(GroupHeader Header, IReadOnlyList<TestEvent> Events, SiteStamp? Site)
{
    /// <summary>The events of an access group.</summary>
    public IReadOnlyList<AccessEvent> Access { get; init; } = [];
}

/// <summary>Makes groups as ingest does.</summary>
internal static class TestGroups
{
    public static readonly SiteStamp Sample = Stamp("sample", "UTC", "semicomplete.com", "www.semicomplete.com");
    public static readonly SiteStamp LosAngeles = Stamp("kp.org", "America/Los_Angeles", "kp.org");

    public const string DayOfKeys = "2026-01-01";

    public static SiteStamp Stamp(string name, string zone, params string[] hosts)
    {
        var stamp = new SiteStamp { Name = name, Revision = 1, Timezone = zone, Policy = "20170913" };
        stamp.Hosts.AddRange(hosts);
        return stamp;
    }

    public static ByteString Id(int number) => ByteString.CopyFrom(IdOf(number).ToByteArray(bigEndian: true));

    public static Guid IdOf(int number) => new(number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

    public static GroupHeader Header(int instance, ulong sequence, GroupKind kind, DateTimeOffset received, int rows = 0) => new()
    {
        Instance = Id(instance),
        Sequence = sequence,
        Kind = kind,
        SealingKey = $"sealing/{DayOfKeys}",
        StateKey = $"state/{DayOfKeys}",
        ReceivedFromMs = received.ToUnixTimeMilliseconds(),
        ReceivedToMs = received.ToUnixTimeMilliseconds(),
        Rows = (uint)rows,
    };

    public static FileRange File(int source, int import, long from, long to, SiteStamp site) =>
        new() { Source = Id(source), Import = Id(import), From = from, To = to, Site = site };

    public static TestGroup Live(int instance, ulong sequence, DateTimeOffset received, SiteStamp? site, params IReadOnlyList<TestEvent> events) =>
        new(Header(instance, sequence, GroupKind.Telemetry, received, events.Count), events, site);

    public static TestGroup OfFile(int instance, ulong sequence, DateTimeOffset received, FileRange file, params IReadOnlyList<TestEvent> events)
    {
        var header = Header(instance, sequence, GroupKind.Telemetry, received, events.Count);
        header.File = file;
        return new TestGroup(header, events, file.Site);
    }

    /// <summary>The group as received under a revision of the policy.</summary>
    public static TestGroup Under(TestGroup group, string policy) =>
        group with { Site = Under(group.Site, policy), Events = [.. group.Events.Select(told => told with { Of = Under(told.Of, policy) })] };

    /// <summary>The body of a telemetry group.</summary>
    public static byte[] Body(TestGroup group)
    {
        var writer = new EventBatchWriter();
        foreach (var told in group.Events)
        {
            writer.Add(writer.Section(told.Of ?? group.Site), new EventRow
            {
                TimeMs = told.At.ToUnixTimeMilliseconds(),
                Position = told.Position,
                Flags = told.Flags,
                Reason = told.Reason,
                Address = Value(told.Address),
                Agent = Value(told.Agent),
                Method = Value(told.Method),
                Path = Value(told.Path),
                Referrer = Value(told.Referrer),
                Event = Value(told.Event),
                Client = Value(told.Client),
                ClientAge = told.ClientAge,
                Campaign = Value(told.Campaign),
                Nonce = Value(told.Nonce),
                Counter = told.Counter,
                Status = (uint)told.Status,
                Bytes = (ulong)told.Bytes,
            });
        }

        return writer.Finish().ToArray();

        int Value(string text) => writer.Value(Encoding.UTF8.GetBytes(text));
    }

    private static SiteStamp? Under(SiteStamp? site, string policy) => site is null ? null : new SiteStamp(site) { Policy = policy };
}
