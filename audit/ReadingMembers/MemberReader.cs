using KpTelemetry.Audit.People;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.StatingFlags;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Audit.UsingGrant;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Audit.ReadingMembers;

/// <summary>Reads what the record holds of one member. Whoever lets staff see it records that first: <see cref="StaffRead.ShowsRecord"/>.</summary>
public sealed class MemberReader(RecordStore store, MemberHandles handles)
{
    // So many of the newest entries are tried for the member's name; older ones have older keys.
    private const int TriedForName = 100;

    private const string Select =
        "select e.index, e.at, e.recorded, m.data->>'body' from audit.entries e join audit.mt_events m on m.seq_id = e.seq where e.stream = $1 and e.at >= $2 and e.at < $3 " +
        $"and {RecordReader.Older} order by e.at desc, e.index desc limit $5";

    /// <summary>A page of the timeline behind a handle of <paramref name="user"/>'s; null where it is none.</summary>
    public async Task<FoundTimeline?> ReadAsync(string handle, string user, TimelineQuery query, CancellationToken cancellation)
    {
        if (handles.Open(handle, user) is not { } stream)
            return null;
        var lines = await LinesAsync(stream, query with { Limit = query.Limit + 1 }, cancellation);
        var name = await NameAsync(stream, lines, cancellation);
        var shown = lines.Take(query.Limit).Select(line => line.Entry).ToList();
        return new FoundTimeline(new MemberTimeline(shown, lines.Count > query.Limit ? shown[^1].Index : null), name, stream);
    }

    private sealed record Line(TimelineEntry Entry, string? Name);

    // That somebody looked is put in the member's stream also where the page is empty.
    private async Task<string?> NameAsync(Guid stream, IEnumerable<Line> lines, CancellationToken cancellation)
    {
        if (lines.FirstOrDefault(line => line.Name is not null) is { } named)
            return named.Name;
        var newest = await LinesAsync(stream, new TimelineQuery(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1), null, TriedForName), cancellation);
        return newest.FirstOrDefault(line => line.Name is not null)?.Name;
    }

    private async Task<List<Line>> LinesAsync(Guid stream, TimelineQuery query, CancellationToken cancellation)
    {
        await using var command = store.Database.CreateCommand(Select);
        command.Parameters.Add(new() { Value = stream });
        command.Parameters.Add(new() { Value = query.From.UtcDateTime });
        command.Parameters.Add(new() { Value = query.To.UtcDateTime });
        command.Parameters.Add(new() { Value = (object?)query.Before ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = query.Limit });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var lines = new List<Line>();
        while (await reader.ReadAsync(cancellation))
            lines.Add(Of(stream, reader));
        return lines;
    }

    private Line Of(Guid stream, NpgsqlDataReader stored)
    {
        var at = stored.GetFieldValue<DateTimeOffset>(1);
        var opened = store.Sealer.Open(StoredBody.Of(stored, 3), stream, at) is { Owner.Person: PersonClass.Member } of ? of : null;
        var entry = new TimelineEntry
        {
            Index = stored.GetInt64(0),
            Kind = opened is null ? RecordLine.Unreadable : EventKinds.Of(opened.Event),
            At = at,
            RecordedAt = stored.GetFieldValue<DateTimeOffset>(2),
        };
        return new Line(opened is null ? entry : WithDetails(WithWhat(entry, opened), opened.Event), opened?.Name);
    }

    private static TimelineEntry WithWhat(TimelineEntry entry, OpenedEntry opened) => entry with
    {
        Outcome = opened.Event.Outcome,
        Channel = opened.Event.Channel,
        Origin = opened.Event.Origin,
        Actor = opened.Others.GetValueOrDefault(NamedAs.Actor),
        OnBehalfOf = opened.Others.GetValueOrDefault(NamedAs.OnBehalfOf),
        Member = opened.Event is ActedForAnother ? opened.Others.GetValueOrDefault(NamedAs.Subject) : null,
        Purpose = opened.Event.Purpose,
        Case = opened.Event.Case,
        Correlation = opened.Event.Correlation,
    };

    private static TimelineEntry WithDetails(TimelineEntry entry, RecordedEvent recorded) => recorded switch
    {
        ServiceAccessed accessed => entry with { Site = accessed.Site, Service = accessed.Service },
        SignedOn signedOn => entry with { Site = signedOn.Site },
        SignOnFailed failed => entry with { Site = failed.Site },
        SignedOff ended => entry with { Site = ended.Site, Cause = ended.Cause },
        ActedForAnother acted => entry with { Site = acted.Site, Action = acted.Action, As = acted.As, Service = acted.Service },
        RecordRead read => entry with { Role = read.Role, Resource = read.Resource },
        IdentifiedLinesRead read => entry with { Lines = read.Lines },
        FlagsStated stated => entry with { Flags = stated.Flags },
        _ => entry,
    };
}
