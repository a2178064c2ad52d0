using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.ReadingMembers;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Verifying;
using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Pipeline.Tests.Engines;

/// <summary>What an entry of a member's stream says.</summary>
internal sealed record Told(string Kind, DateTimeOffset At, string Outcome, string Origin, string? Service, string? Cause, string? Actor, string? OnBehalfOf);

/// <summary>
/// What the access record must hold of a log, written down as simply as can be: one event after the other, each identity
/// once, in a list of its member, with the ends of their sessions, and a note of it with each other who is named. What the stored record is compared with.
/// </summary>
internal sealed class SimpleRecord
{
    private const string ActedForAnother = "acted-for-another";

    private readonly HashSet<string> _identities = [];
    private readonly Dictionary<string, List<Told>> _members = [];
    private readonly List<string> _notes = [];
    private int _ends;

    /// <summary>Adds a partition's log.</summary>
    public void Add(int partition, params IEnumerable<TestGroup> log)
    {
        var clock = new SimpleClock();
        var sessions = new SimpleSessions(End);
        foreach (var (header, events) in log.Select(group => (group.Header, group.Access)))
        {
            if (!clock.Observe(header))
                continue;
            sessions.Pass(clock.WatermarkMs);
            if (header.Kind == GroupKind.EndOfImport)
                sessions.Pass(header);
            for (var row = 0; row < events.Count; row++)
            {
                if (!_identities.Add(IdentityOf(header, events[row], $"{partition} {header.Instance.ToBase64()} {header.Sequence} {row}")))
                    continue;
                sessions.Meet(events[row], header);
                Add(events[row], events[row].Sender.Length > 0 ? "portal" : "log");
            }
        }
    }

    /// <summary>Opens the stored record and compares it: members' streams entry by entry, the order within them, the tree.</summary>
    public async Task AssertIsStoredAsync(Bench bench, string because)
    {
        foreach (var (member, expected) in _members)
        {
            var found = (await StoredAsync(bench, member)).Where(entry => entry.Kind != ActedForAnother).Select(ToldIn).ToList();
            for (var i = 0; i < Math.Min(expected.Count, found.Count); i++)
                Assert.True(expected[i] == found[i], $"{because}: entry {i} of {member} is {found[i]}, expected {expected[i]}");
            Assert.True(expected.Count == found.Count, $"{because}: {found.Count} entries of {member}, expected {expected.Count}");
        }

        var notes = new List<string>();
        foreach (var name in _notes.Select(note => note.Split(' ')[0]).Distinct().ToList())
            notes.AddRange((await StoredAsync(bench, name)).Where(entry => entry.Kind == ActedForAnother).Select(entry => Note(name, entry.Member, entry.As, entry.Action, entry.At)));
        Assert.Equal(_notes.Order(StringComparer.Ordinal), notes.Order(StringComparer.Ordinal));
        var access = _members.Values.Sum(own => own.Count);
        var entries = access + _notes.Count;
        Assert.True(_ends > 10, $"{because}: {_ends} sessions ended by inactivity");
        Assert.Equal((access - _ends, entries), (await new RecordReader(bench.Record).CountAccessAsync(CancellationToken.None), await bench.ScalarAsync<long>("select count(*) from audit.entries")));
        Assert.Equal(_identities.Count, await bench.ScalarAsync<long>("select count(*) from audit.identities"));
        Assert.Equal(0, await bench.ScalarAsync<long>(
            "select count(*) from (select m.version, row_number() over (partition by e.stream order by e.index) as place from audit.entries e join audit.mt_events m on m.seq_id = e.seq) as told where version <> place"));
        using var signer = new CheckpointSigner(CheckpointSettings.StandardOrigin, bench.Keys.GetOrCreate(KeyNames.Checkpoints));
        var verification = await new RecordVerifier(bench.Record, CheckpointFile.Beside(bench.KeysDirectory), signer.Key).VerifyAsync(full: true, null, CancellationToken.None);
        Assert.Equal((null, entries), (verification.Finding, verification.Entries));
    }

    private static async Task<IReadOnlyList<TimelineEntry>> StoredAsync(Bench bench, string member)
    {
        var handles = new MemberHandles(bench.Record);
        var whole = new TimelineQuery(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1), null, 1000);
        var found = await new MemberReader(bench.Record, handles).ReadAsync(handles.Make(member, "test"), "test", whole, CancellationToken.None);
        Assert.Null(found!.Timeline.Next);
        return [.. found.Timeline.Events.OrderBy(entry => entry.Index)];
    }

    private static Told ToldIn(TimelineEntry entry) => new(entry.Kind, entry.At, entry.Outcome ?? "", entry.Origin ?? "", entry.Service, entry.Cause, entry.Actor, entry.OnBehalfOf);

    private static string IdentityOf(GroupHeader header, AccessEvent told, string place) =>
        header.File is { } file ? $"{file.Source.ToBase64()} {told.Position}" : told.EventId.Length > 0 ? $"{told.Sender} {told.EventId}" : place;

    private void End(string member, long atMs)
    {
        _ends++;
        _members[member].Add(new Told("signed-off", DateTimeOffset.FromUnixTimeMilliseconds(atMs), "success", "processors", null, "inactivity", null, null));
    }

    private void Add(AccessEvent told, string origin)
    {
        if (!_members.TryGetValue(told.Member, out var own))
            _members.Add(told.Member, own = []);
        own.Add(new Told(
            told.Action, DateTimeOffset.FromUnixTimeMilliseconds(told.AtMs), told.Action == "sign-on-failed" ? "failure" : told.Outcome, origin,
            told.Action == "service-accessed" ? told.Service : null, told.Action == "signed-off" ? "asked" : null, Name(told.Actor), Name(told.OnBehalfOf)));
        foreach (var (name, role) in new[] { (told.Actor, "actor"), (told.OnBehalfOf, "on-behalf-of") }.Where(named => named.Item1.Length > 0))
            _notes.Add(Note(name, told.Member, role, told.Action, own[^1].At));
    }

    private static string Note(string of, string? member, string? role, string? action, DateTimeOffset at) => $"{of} {member} {role} {action} {at:O}";

    private static string? Name(string name) => name.Length > 0 ? name : null;
}
