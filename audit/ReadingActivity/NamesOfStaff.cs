using KpTelemetry.Audit.People;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.ReadingActivity;

/// <summary>Who of the staff acted in an entry: tables hold no name, so it is opened where it stands, while its key lives.</summary>
internal sealed class NamesOfStaff(RecordStore store)
{
    private const string Select = "select e.index, e.at, e.stream, m.data->>'body' from audit.entries e join audit.mt_events m on m.seq_id = e.seq where e.index = any($1)";

    public sealed record Named(DateTimeOffset At, string? User);

    /// <summary>By index.</summary>
    public async Task<IReadOnlyDictionary<long, Named>> ReadAsync(ProjectedReading reading, IEnumerable<long> indexes, CancellationToken cancellation)
    {
        var rows = await reading.ReadAsync(
            Select, row => (Index: row.GetInt64(0), Named: Name(row.GetFieldValue<DateTimeOffset>(1), row.GetGuid(2), StoredBody.Of(row, 3))), cancellation, new Npgsql.NpgsqlParameter { Value = indexes.ToArray() });
        return rows.ToDictionary(row => row.Index, row => row.Named);
    }

    private Named Name(DateTimeOffset at, Guid stream, byte[] body)
    {
        var opened = store.Sealer.Open(body, stream, at);
        return new Named(at, opened?.Owner?.Person == PersonClass.Staff ? opened.Name : opened?.Others.GetValueOrDefault(NamedAs.Actor));
    }
}
