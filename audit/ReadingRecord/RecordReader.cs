using JasperFx.Events;
using KpTelemetry.Audit.EndingKeys;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace KpTelemetry.Audit.ReadingRecord;

/// <summary>Reads the record. Whoever lets staff see an answer records that first.</summary>
public sealed class RecordReader(RecordStore store, KeyStore keys)
{
    private const string Select =
        "select index, seq from audit.entries where at >= $1 and at < $2 and ($3 is null or kind = $3) " +
        "and ($4 is null or (at, index) < (select at, index from audit.entries where index = $4)) order by at desc, index desc limit $5";

    private readonly PeopleSealer _sealer = new(keys);

    /// <summary>How many entries there are of what members did, from logs and portals.</summary>
    public async Task<long> CountAccessAsync(CancellationToken cancellation)
    {
        await using var command = store.Database.CreateCommand("select access from audit.head");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>One page of entries.</summary>
    public async Task<RecordPage> ReadAsync(RecordQuery query, CancellationToken cancellation)
    {
        var entries = await SelectAsync(query, cancellation);
        var shown = entries.Take(query.Limit).ToList();
        var sequences = shown.Select(entry => entry.Sequence).ToArray();
        await using var session = store.Query();
        var events = await session.Events.QueryAllRawEvents().Where(stored => sequences.Contains(stored.Sequence)).ToListAsync(cancellation);
        var bySequence = events.ToDictionary(stored => stored.Sequence);
        return new RecordPage(
            [.. shown.Select(entry => Line(entry.Index, bySequence[entry.Sequence]))],
            entries.Count > shown.Count ? shown[^1].Index : null);
    }

    private async Task<List<(long Index, long Sequence)>> SelectAsync(RecordQuery query, CancellationToken cancellation)
    {
        await using var command = store.Database.CreateCommand(Select);
        command.Parameters.Add(new() { Value = query.From.UtcDateTime });
        command.Parameters.Add(new() { Value = query.To.UtcDateTime });
        command.Parameters.Add(new() { Value = (object?)query.Kind ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)query.Before ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = query.Limit + 1 });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var entries = new List<(long, long)>();
        while (await reader.ReadAsync(cancellation))
            entries.Add((reader.GetInt64(0), reader.GetInt64(1)));
        return entries;
    }

    private RecordLine Line(long index, IEvent stored)
    {
        var recorded = (RecordedEvent)stored.Data;
        var kind = EventKinds.Of(recorded);
        var line = new RecordLine
        {
            Index = index,
            Kind = kind,
            At = recorded.At,
            RecordedAt = stored.Timestamp,
            Who = recorded.People.Key.StartsWith(StaffKeys, StringComparison.Ordinal) ? "staff" : "member",
            Handle = stored.StreamId,
            Outcome = recorded.Outcome,
            Channel = recorded.Channel,
            Origin = recorded.Origin,
        };
        line = WithDetails(line, recorded);
        return line.Who == "staff" ? WithUser(line, recorded, stored.StreamId) : line;
    }

    private const string StaffKeys = "person/staff-";

    private static RecordLine WithDetails(RecordLine line, RecordedEvent recorded) => recorded switch
    {
        StaffQueried read => line with { Resource = read.Resource, Role = read.Role, Purpose = read.Purpose, Correlation = read.Correlation },
        SignedOff ended => line with { Site = ended.Site, Cause = ended.Cause },
        SignedOn signedOn => line with { Site = signedOn.Site },
        SignOnFailed failed => line with { Site = failed.Site },
        ServiceAccessed accessed => line with { Site = accessed.Site },
        KeyEnded ended => line with { Key = ended.Key },
        _ => line,
    };

    private RecordLine WithUser(RecordLine line, RecordedEvent recorded, Guid stream)
    {
        var people = _sealer.Open(recorded.People, stream, new EntryPlace(line.Kind, recorded.At));
        return line with { User = people?.Subject, Case = people?.Case, Query = people?.Query };
    }
}
