using Google.Protobuf;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Platform.Settings;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;

namespace KpTelemetry.Audit.ReadingLines;

/// <summary>
/// Finds the lines of signed-on members in the sealed log, while the keys of their days live: who it was is in groups of
/// its own, what came with the request (address, agent, referrer) in those that are counted. The two meet here only, by
/// file and position, for lines that a grant is for.
/// </summary>
public sealed class IdentifiedLines(KpSettings settings, KeyStore keys, TimeProvider time)
{
    // A clock that is further ahead is refused at the door: no event is in a group that was received longer before it.
    private static readonly TimeSpan AheadAtMost = TimeSpan.FromHours(24);

    // What finding lines may take, which then says where to go on; and what finding their requests may.
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(20);

    private readonly RawLog _log = new(settings);

    private sealed record Found(LinePlace Place, GroupHeader Header, AccessEvent Event)
    {
        public IdentifiedLine Line { get; set; } = Of(Event);
    }

    /// <summary>Lines of <paramref name="scope"/> after a place, at most <paramref name="most"/>. Nobody may see them before their reading is on the record.</summary>
    public async Task<FoundLines> FindAsync(GrantScope scope, LinePlace after, int most, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        using var opener = new GroupOpener(keys);
        var (found, known) = (new List<Found>(), new HashSet<(ByteString, long)>());
        var (next, gone) = ((LinePlace?)null, 0L);
        await foreach (var group in _log.ReadAsync(after, scope.From - AheadAtMost, cancellation))
        {
            if (time.GetElapsedTime(began) > Budget)
                next = new LinePlace(group.Partition, group.Record.Offset, -1);
            else if (MayHold(group.Header, scope))
                (next, gone) = Take(group, opener, scope, after, most, found, known) is { } taken ? (taken.Next, gone) : (next, gone + group.Header.Rows);
            if (next is not null)
                break;
        }

        await AddRequestsAsync(found, opener, cancellation);
        return new FoundLines([.. found.Select(line => line.Line)], next, gone);
    }

    private static bool MayHold(GroupHeader header, GrantScope scope) =>
        header.Kind == GroupKind.Access && header.ReceivedToMs >= (scope.From - AheadAtMost).ToUnixTimeMilliseconds();

    private sealed record Taken(LinePlace? Next);

    // Null where the group's key has ended.
    private static Taken? Take(RawGroup group, GroupOpener opener, GrantScope scope, LinePlace after, int most, List<Found> found, HashSet<(ByteString, long)> known)
    {
        if (!group.TryOpen(opener, out var body) || BatchOf(body) is not { } batch)
            return null;
        for (var row = 0; row < batch.Events.Count; row++)
        {
            var (place, told) = (new LinePlace(group.Partition, group.Record.Offset, row), batch.Events[row]);
            if (!after.IsBefore(place) || !Matches(told, scope) || (group.Header.File is { } file && !known.Add((file.Source, told.Position))))
                continue;
            if (found.Count == most)
                return new Taken(found[^1].Place);
            found.Add(new Found(place, group.Header, told));
        }

        return new Taken(Next: null);
    }

    private static bool Matches(AccessEvent told, GrantScope scope) =>
        told.AtMs >= scope.From.ToUnixTimeMilliseconds() && told.AtMs < scope.To.ToUnixTimeMilliseconds()
        && (scope.Member is null || told.Member == scope.Member) && (scope.Site is null || told.Site?.Name == scope.Site);

    private async Task AddRequestsAsync(List<Found> found, GroupOpener opener, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var wanted = found.Where(line => line.Header.File is not null).GroupBy(line => line.Header.File.Source)
            .ToDictionary(source => source.Key, source => source.ToDictionary(line => line.Event.Position));
        if (wanted.Count == 0)
            return;
        var batch = new EventBatchReader();
        var received = found.Min(line => line.Header.ReceivedFromMs);
        await foreach (var group in _log.ReadAsync(LinePlace.Start, DateTimeOffset.FromUnixTimeMilliseconds(received), cancellation))
        {
            if (time.GetElapsedTime(began) > Budget || wanted.Values.All(lines => lines.Count == 0))
                return;
            if (group.Header is { Kind: GroupKind.Telemetry, File: { } file } && wanted.TryGetValue(file.Source, out var lines)
                && lines.Keys.Any(position => position >= file.From && position < file.To) && group.TryOpen(opener, out var body) && batch.TryRead(body))
                AddRequests(batch, lines);
        }
    }

    private static void AddRequests(EventBatchReader batch, Dictionary<long, Found> lines)
    {
        foreach (var section in batch.Sections)
        {
            for (var row = 0; row < section.Rows; row++)
            {
                if (section.Reason(row) != Reason.None || !lines.Remove(section.Positions[row], out var line))
                    continue;
                line.Line = line.Line with
                {
                    Address = batch.Text(section.Address(row)),
                    Agent = batch.Text(section.Agent(row)),
                    Method = batch.Text(section.Method(row)),
                    Referrer = batch.Text(section.Referrer(row)),
                    Status = section.Status(row),
                    Bytes = section.Bytes(row),
                };
            }
        }
    }

    private static IdentifiedLine Of(AccessEvent told) => new()
    {
        At = DateTimeOffset.FromUnixTimeMilliseconds(told.AtMs),
        Member = told.Member,
        Site = told.Site?.Name ?? string.Empty,
        Action = told.Action,
        Service = told.Service,
        Channel = told.Channel,
        Outcome = told.Outcome,
        Actor = Masked(told.Actor, told.Member),
        OnBehalfOf = Masked(told.OnBehalfOf, told.Member),
    };

    private static string? Masked(string person, string member) => person.Length == 0 ? null : person == member ? member : IdentifiedLine.Masked;

    private static AccessBatch? BatchOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            return AccessBatch.Parser.ParseFrom(body.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
