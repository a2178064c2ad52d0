using KpTelemetry.Audit.People;
using Marten;

namespace KpTelemetry.Audit.ProjectingActivity;

/// <summary>What a page of entries adds to a generation's tables: written in one transaction with how far the projection has come, or not at all.</summary>
internal sealed class ActivityFigures(int generation)
{
    private const string AddActs =
        "insert into audit.acts as a (generation, day, staff, act, count, last) select ?, * from unnest(?::date[], ?::uuid[], ?::bytea[], ?::int[], ?::bigint[]) " +
        "on conflict (generation, day, staff, act) do update set count = a.count + excluded.count, last = greatest(a.last, excluded.last)";

    private const string AddFailures =
        "insert into audit.failures as f (generation, who, hour, stream, count, last) select ?, * from unnest(?::smallint[], ?::timestamptz[], ?::uuid[], ?::int[], ?::bigint[]) " +
        "on conflict (generation, who, hour, stream) do update set count = f.count + excluded.count, last = greatest(f.last, excluded.last)";

    private const string AddLooks = "insert into audit.looks (generation, day, staff, member) select distinct ?, day, staff, member from unnest(?::date[], ?::uuid[], ?::bytea[]) as looked (day, staff, member) on conflict do nothing";

    private const string AddActed = "insert into audit.acted (generation, staff, at, index) select ?, * from unnest(?::uuid[], ?::timestamptz[], ?::bigint[]) on conflict do nothing";

    private const string Move = "update audit.generations set entries = entries + ?, recorded = greatest(recorded, ?) where generation = ?";

    private readonly SortedDictionary<(DateOnly Day, Guid Staff, string Act), Count> _acts = [];
    private readonly SortedDictionary<(PersonClass Who, DateTimeOffset Hour, Guid Stream), Count> _failures = [];
    private readonly List<(DateOnly Day, Guid Staff, byte[] Member)> _looks = [];
    private readonly List<(Guid Staff, DateTimeOffset At, long Index)> _acted = [];

    private readonly record struct Count(int Entries, long Last);

    /// <summary>A member of staff did something.</summary>
    public void Act(Guid staff, string act, DateTimeOffset at, long index) => Add(_acts, (DayOf(at), staff, act), index);

    /// <summary>A member of staff did something that their own stream does not have.</summary>
    public void ActElsewhere(Guid staff, string act, DateTimeOffset at, long index)
    {
        Act(staff, act, at, index);
        _acted.Add((staff, at.ToUniversalTime(), index));
    }

    /// <summary>A member of staff looked at a member.</summary>
    public void Look(Guid staff, byte[] member, DateTimeOffset at) => _looks.Add((DayOf(at), staff, member));

    /// <summary>A sign-on failed.</summary>
    public void Failure(PersonClass who, Guid stream, DateTimeOffset at, long index) =>
        Add(_failures, (who, at.ToUniversalTime().AddTicks(-(at.UtcTicks % TimeSpan.TicksPerHour)), stream), index);

    /// <summary>Writes what was added, of so many entries, with the transaction that <paramref name="operations"/> commit.</summary>
    public void Queue(IDocumentOperations operations, Func<string, byte[]> token, long entries, DateTimeOffset recorded)
    {
        operations.QueueSqlCommand(Move, entries, recorded, generation);
        if (_acts.Count > 0)
        {
            operations.QueueSqlCommand(
                AddActs, generation, Column(_acts.Keys, key => key.Day), Column(_acts.Keys, key => key.Staff), Column(_acts.Keys, key => token(key.Act)), Column(_acts.Values, count => count.Entries), Column(_acts.Values, count => count.Last));
        }

        if (_failures.Count > 0)
        {
            operations.QueueSqlCommand(
                AddFailures, generation, Column(_failures.Keys, key => (short)key.Who), Column(_failures.Keys, key => key.Hour), Column(_failures.Keys, key => key.Stream), Column(_failures.Values, count => count.Entries), Column(_failures.Values, count => count.Last));
        }

        if (_looks.Count > 0)
            operations.QueueSqlCommand(AddLooks, generation, Column(_looks, look => look.Day), Column(_looks, look => look.Staff), Column(_looks, look => look.Member));
        if (_acted.Count > 0)
            operations.QueueSqlCommand(AddActed, generation, Column(_acted, acted => acted.Staff), Column(_acted, acted => acted.At), Column(_acted, acted => acted.Index));
    }

    private static void Add<TKey>(SortedDictionary<TKey, Count> counts, TKey key, long index)
        where TKey : notnull
    {
        counts.TryGetValue(key, out var count);
        counts[key] = new Count(count.Entries + 1, Math.Max(count.Last, index));
    }

    private static TColumn[] Column<TRow, TColumn>(ICollection<TRow> rows, Func<TRow, TColumn> of) => [.. rows.Select(of)];

    private static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);
}
