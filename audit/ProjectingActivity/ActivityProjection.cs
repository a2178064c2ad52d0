using JasperFx.Events;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Marten;
using Marten.Events.Projections;
using Npgsql;

namespace KpTelemetry.Audit.ProjectingActivity;

/// <summary>
/// Marten's asynchronous projection of the record: who of the staff did what, and whose sign-ons failed. Of entries whose
/// keys have ended it counts what their tokens tell; it writes tokens and random streams only.
/// </summary>
internal sealed class ActivityProjection(RecordStore store, int generation) : IProjection
{
    /// <summary>Raised by whoever changes what is counted: then the tables are built anew beside those that answer.</summary>
    public const int Version = 1;

    private const string Select = "select seq, index, at, kind, recorded from audit.entries where seq between $1 and $2";

    // Of a later version of the program, or of nobody: counted as something else.
    private const string Unknown = "unknown";

    private readonly byte[] _key = store.Keys.GetOrCreate(KeyNames.People);
    private readonly Dictionary<string, string> _kinds = EventKinds.All.ToDictionary(kind => Convert.ToHexString(StaffActs.Token(store, kind)), StringComparer.Ordinal);

    private sealed record Row(long Index, DateTimeOffset At, string Kind, DateTimeOffset Recorded);

    public async Task ApplyAsync(IDocumentOperations operations, IReadOnlyList<IEvent> events, CancellationToken cancellation)
    {
        var rows = await RowsAsync(events[0].Sequence, events[^1].Sequence, cancellation);
        var figures = new ActivityFigures(generation);
        foreach (var told in events)
        {
            // An event that is in no row of the record was put there from outside: './kp audit verify' tells of it.
            if (told.Data is Entry { Body: { } body } && rows.TryGetValue(told.Sequence, out var row))
                Add(figures, body, told.StreamId, row);
        }

        if (rows.Count > 0)
            figures.Queue(operations, act => StaffActs.Token(store, act), rows.Count, rows.Values.Max(row => row.Recorded).ToUniversalTime());
    }

    private async Task<Dictionary<long, Row>> RowsAsync(long from, long to, CancellationToken cancellation)
    {
        await using var command = store.Database.CreateCommand(Select);
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = to });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new Dictionary<long, Row>();
        while (await reader.ReadAsync(cancellation))
        {
            var kind = _kinds.GetValueOrDefault(Convert.ToHexString(reader.GetFieldValue<byte[]>(3)), Unknown);
            rows.Add(reader.GetInt64(0), new Row(reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(2), kind, reader.GetFieldValue<DateTimeOffset>(4)));
        }

        return rows;
    }

    private void Add(ActivityFigures figures, byte[] body, Guid stream, Row row)
    {
        switch (EntryBody.OwnerOf(body)?.Person)
        {
            case PersonClass.Member or PersonClass.Visitor:
                AddOfMember(figures, body, stream, row);
                break;
            case PersonClass.Staff:
                figures.Act(stream, row.Kind == "staff-queried" ? StaffActs.Of(row.Kind, Open(body, stream, row)?.Event) : row.Kind, row.At, row.Index);
                if (row.Kind == "sign-on-failed")
                    figures.Failure(PersonClass.Staff, stream, row.At, row.Index);
                break;
            case PersonClass.Case when ActorIn(body, stream, row) is { } staff:
                figures.ActElsewhere(staff, row.Kind, row.At, row.Index);
                break;
        }
    }

    // What members themselves do is most of the record: none of it needs opening.
    private void AddOfMember(ActivityFigures figures, byte[] body, Guid stream, Row row)
    {
        switch (row.Kind)
        {
            case "sign-on-failed":
                figures.Failure(PersonClass.Member, stream, row.At, row.Index);
                break;
            case "record-read" or "identified-lines-read" when ActorIn(body, stream, row) is { } staff:
                figures.Look(staff, StaffActs.LookToken(_key, staff, stream), row.At);
                break;
            case "disclosure-made" or "disclosure-suspended" when ActorIn(body, stream, row) is { } staff:
                figures.ActElsewhere(staff, row.Kind, row.At, row.Index);
                break;
        }
    }

    private Guid? ActorIn(byte[] body, Guid stream, Row row) =>
        Open(body, stream, row)?.Others.GetValueOrDefault(NamedAs.Actor) is { } name ? store.Vault.Find(new Person(PersonClass.Staff, name))?.Stream : null;

    private OpenedEntry? Open(byte[] body, Guid stream, Row row) => store.Sealer.Open(body, stream, row.At);
}
