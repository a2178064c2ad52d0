using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>
/// What is known of one figure of a site's days over weeks and months: the unknowns are each day's figure between any
/// two moments at which anything of it was published, the equations what days, weeks and months tell. Bands and technical
/// counts tell on which days anybody was there, and that no more visitors came than people made requests; silence, that
/// fewer than k came of whom nothing is told yet.
/// </summary>
internal sealed class JoinSystem : IDisposable
{
    private const int K = 11;
    private readonly Polytope _polytope = new();
    private readonly Figure _figure;
    private readonly Dictionary<DateOnly, long[]> _cuts;
    private readonly Dictionary<(DateOnly Day, int Interval), int> _unknowns = [];

    /// <param name="joins">Those that the attacker has; none, where it is asked what it knows without them.</param>
    public JoinSystem(World world, IReadOnlyDictionary<DateOnly, Truth> truths, Figure figure, Answers answers, IReadOnlyList<JoinTold> joins)
    {
        _figure = figure;
        _cuts = world.Days.ToDictionary(day => day.Day, day => CutsOf(day.Day, answers));
        foreach (var (day, cuts) in _cuts)
        {
            for (var i = 0; i + 1 < cuts.Length; i++)
            {
                _unknowns[(day, i)] = _polytope.Add(truths[day].Sum(Table.Site, "", figure, cuts[i], cuts[i + 1]));
                if (truths[day].Own(Table.Site, "", figure, cuts[i], cuts[i + 1]) is > 0 and var own)
                    _polytope.Know([new Term(_unknowns[(day, i)])], own, double.PositiveInfinity);
            }

            List<Told> rows = [.. answers.Rows.Where(row => row.Day == day)];
            KnowDay(day, rows);
            if (figure == Figure.Visitors)
                KnowSilence(day, truths[day], [.. rows.Where(row => row.Table == Table.Site && row.Visitors is not null).Select(row => (row.After, row.Through))], [.. answers.Joins.SelectMany(join => join.Parts).Where(part => part.Day == day).Select(part => (part.After, part.Through))]);
        }

        foreach (var join in joins)
        {
            var told = figure == Figure.Views ? join.PageViews : join.Visitors;
            _polytope.Know([.. join.Parts.SelectMany(part => Of(part.Day, part.After, part.Through))], told, told);
            foreach (var week in figure == Figure.Visitors ? join.Parts.GroupBy(part => WeekOf(part.Day)) : [])
                _polytope.KnowWhereTrue([.. week.SelectMany(part => Of(part.Day, part.After, part.Through))], 0, week.Count() + K - 1);
        }
    }

    /// <summary>Blocks after which anything of a day was published, from 0.</summary>
    public IReadOnlyList<long> Cuts(DateOnly day) => _cuts[day];

    public IEnumerable<Term> Of(DateOnly day, long after, long through)
    {
        var cuts = _cuts[day];
        for (var i = 0; i + 1 < cuts.Length; i++)
        {
            if (cuts[i] >= after && cuts[i + 1] <= through)
                yield return new Term(_unknowns[(day, i)]);
        }
    }

    public bool Tells(IReadOnlyCollection<Term> terms) => _polytope.Tells(terms);

    public void Dispose() => _polytope.Dispose();

    private static long[] CutsOf(DateOnly day, Answers answers) =>
    [
        .. answers.Rows.Where(row => row.Day == day).SelectMany(row => new[] { row.After, row.Through })
            .Concat(answers.Joins.SelectMany(join => join.Parts).Where(part => part.Day == day).SelectMany(part => new[] { part.After, part.Through }))
            .Append(0).Distinct().Order(),
    ];

    private void KnowDay(DateOnly day, List<Told> rows)
    {
        var site = rows.Where(row => row.Table == Table.Site && Value(row) is not null);
        foreach (var release in site.GroupBy(row => (row.After, row.Through)))
            _polytope.Know([.. Of(day, release.Key.After, release.Key.Through)], release.Sum(row => Value(row)!.Value), release.Sum(row => Value(row)!.Value));
        foreach (var human in rows.Where(row => row.Table == Table.Agent && row.Label == "human" && _figure == Figure.Visitors))
            _polytope.Know([.. Of(day, human.After, human.Through)], human.After == 0 ? 1 : 0, human.Requests!.Value);

        // Whether there were page views is told by the band of the pages.
        _polytope.KnowWhereTrue([.. Of(day, 0, _cuts[day][^1])], 1, double.PositiveInfinity);
    }

    // Days that joined their month were not enough for their week.
    private static int WeekOf(DateOnly day) => day.DayNumber / 7;

    // From the last block that was told, by itself or with other days, up to any moment at which the day was still silent of
    // what came since. That everybody vouches, and no other reason kept it silent, is taken for known where it is so; of the
    // attacker's own visitors two in each partition vouch.
    private void KnowSilence(DateOnly day, Truth truth, IReadOnlyList<(long After, long Through)> told, IReadOnlyList<(long After, long Through)> joined)
    {
        foreach (var after in told.Concat(joined).Select(span => span.Through).Append(0).Distinct())
        {
            foreach (var through in _cuts[day].Where(cut => cut > after && !told.Any(span => span.After == after && span.Through <= cut) && !joined.Any(span => span.After == after && span.Through < cut)))
            {
                var own = truth.Own(Table.Site, "", _figure, after, through);
                _polytope.KnowWhereTrue([.. Of(day, after, through)], 0, K - 1 + own - Math.Min(own, 2 * Worlds.Person.Partitions));
            }
        }
    }

    private long? Value(Told row) => _figure == Figure.Views ? row.PageViews : row.Visitors;
}
