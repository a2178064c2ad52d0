using KpTelemetry.Audit.AccountingDisclosures;
using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.BreakingGlass;
using KpTelemetry.Audit.EndingGrant;
using KpTelemetry.Audit.EndingKeys;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.PublishingPolicy;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.ReviewingAccess;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Audit.UsingGrant;
using KpTelemetry.Platform.Keys;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Audit.ReadingRecord;

/// <summary>Reads the record. Whoever lets staff see an answer records that first.</summary>
public sealed class RecordReader(RecordStore store)
{
    /// <summary>What a query selects whose rows are made into lines: entries as <c>e</c>.</summary>
    internal const string Columns = "select e.index, e.at, e.recorded, m.stream_id, m.data->>'body' from audit.entries e join audit.mt_events m on m.seq_id = e.seq";

    /// <summary>What is older than the entry <c>$4</c>, where there is one. An index is entered at the time; by the pair alone, everything newer would be gone through first.</summary>
    internal const string Older =
        "($4 is null or (e.at <= (select at from audit.entries where index = $4) and (e.at, e.index) < ((select at from audit.entries where index = $4), $4)))";

    private const string SelectPage =
        $"{Columns} where e.at >= $1 and e.at < $2 and ($3 is null or e.kind = $3) and {Older} order by e.at desc, e.index desc limit $5";

    private const string SelectFrom = $"{Columns} where e.index >= $1 order by e.index limit $2";

    /// <summary>How many entries there are of what members did, from logs and portals.</summary>
    public async Task<long> CountAccessAsync(CancellationToken cancellation)
    {
        await using var command = store.Database.CreateCommand("select access from audit.head");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>One page of entries.</summary>
    public async Task<RecordPage> ReadAsync(RecordQuery query, CancellationToken cancellation)
    {
        await using var command = store.Database.CreateCommand(SelectPage);
        command.Parameters.Add(new() { Value = query.From.UtcDateTime });
        command.Parameters.Add(new() { Value = query.To.UtcDateTime });
        command.Parameters.Add(new() { Value = query.Kind is { } kind ? EventKinds.Token(kind, store.Keys.GetOrCreate(KeyNames.People)) : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = (object?)query.Before ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = query.Limit + 1 });
        return RecordPage.Of(await LinesAsync(command, cancellation), query.Limit);
    }

    /// <summary>Entries in the order of the record, from <paramref name="index"/> on; at most <paramref name="limit"/>. None is missing between two that are told.</summary>
    public async Task<IReadOnlyList<RecordLine>> FollowAsync(long index, int limit, CancellationToken cancellation)
    {
        await using var command = store.Database.CreateCommand(SelectFrom);
        command.Parameters.Add(new() { Value = index });
        command.Parameters.Add(new() { Value = limit });
        return await LinesAsync(command, cancellation);
    }

    internal async Task<List<RecordLine>> LinesAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var lines = new List<RecordLine>();
        while (await reader.ReadAsync(cancellation))
            lines.Add(Line(reader));
        return lines;
    }

    private RecordLine Line(NpgsqlDataReader stored)
    {
        var (at, stream) = (stored.GetFieldValue<DateTimeOffset>(1), stored.GetGuid(3));
        var opened = store.Sealer.Open(StoredBody.Of(stored, 4), stream, at);
        var line = new RecordLine
        {
            Index = stored.GetInt64(0),
            Kind = opened is null ? RecordLine.Unreadable : EventKinds.Of(opened.Event),
            At = at,
            RecordedAt = stored.GetFieldValue<DateTimeOffset>(2),
            Handle = stream,
        };
        return opened is null ? line : WithDetails(WithWho(line, opened), opened.Event);
    }

    private static RecordLine WithWho(RecordLine line, OpenedEntry opened) => line with
    {
        Who = opened.Owner?.Person.ToString().ToLowerInvariant(),
        User = UserIn(opened),
        Actor = opened.Event is ActOfStaff && opened.Owner?.Person == PersonClass.Member ? opened.Others.GetValueOrDefault(NamedAs.Actor) : null,
        Outcome = opened.Event.Outcome,
        Channel = opened.Event.Channel,
        Origin = opened.Event.Origin,
        Purpose = opened.Event.Purpose,
        Case = opened.Event.Case,
        Correlation = opened.Event.Correlation,
    };

    // A member stays a handle: who it is, is asked for elsewhere. In a case, and in the accounting, who acted is staff.
    private static string? UserIn(OpenedEntry opened) =>
        opened.Owner?.Person == PersonClass.Staff ? opened.Name
        : opened.Owner?.Person == PersonClass.Case || Disclosures.IsOne(opened.Event) ? opened.Others.GetValueOrDefault(NamedAs.Actor)
        : null;

    private static RecordLine WithDetails(RecordLine line, RecordedEvent recorded) => recorded switch
    {
        StaffQueried read => line with { Resource = read.Resource, Role = read.Role, Query = read.Query },
        RecordRead read => line with { Resource = read.Resource, Role = read.Role },
        BreakGlassRead read => line with { Resource = read.Resource, Role = read.Role },
        GrantAsked asked => line with { Site = asked.Site, Lines = asked.Lines },
        GrantUsed used => line with { Lines = used.Lines },
        GrantEnded ended => line with { Cause = ended.Cause },
        IdentifiedLinesRead read => line with { Lines = read.Lines },
        AccessReviewed reviewed => line with { Verdict = reviewed.Verdict },
        SignedOff ended => line with { Site = ended.Site, Cause = ended.Cause },
        SignedOn signedOn => line with { Site = signedOn.Site },
        SignOnFailed failed => line with { Site = failed.Site },
        ServiceAccessed accessed => line with { Site = accessed.Site },
        ActedForAnother acted => line with { Site = acted.Site },
        KeyEnded ended => line with { Key = ended.Key },
        PolicyPublished published => line with { Revision = published.Revision },
        _ => line,
    };
}
