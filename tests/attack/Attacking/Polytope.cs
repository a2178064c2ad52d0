using Google.OrTools.LinearSolver;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>A coefficient of an unknown.</summary>
public readonly record struct Term(int Unknown, double Factor = 1);

/// <summary>
/// Everything that the attacker knows of some unknowns, as linear equations and inequalities over numbers that are not
/// negative; integrality is relaxed, so that what it finds told is told.
/// </summary>
/// <param name="areWhole">Whether the unknowns are held to whole numbers all the same: few of them, up to <see cref="MostWhole"/>.</param>
public sealed class Polytope(bool areWhole = false) : IDisposable
{
    public const int MostWhole = 5_000;
    private const double Slack = 1e-6;
    private const double Within = 0.1;

    private readonly Solver _solver = Solver.CreateSolver(areWhole ? "SCIP" : "GLOP");
    private readonly List<Variable> _unknowns = [];
    private readonly List<double> _truth = [];
    private readonly List<double[]> _points = [];

    /// <summary>A new unknown; the truth is kept beside it to check what is claimed to be known, and never used to find it.</summary>
    public int Add(double truth)
    {
        _unknowns.Add(areWhole ? _solver.MakeIntVar(0, MostWhole, "") : _solver.MakeNumVar(0, double.PositiveInfinity, ""));
        _truth.Add(truth);
        return _unknowns.Count - 1;
    }

    /// <summary>The sum of the terms lies between two numbers. Throws where the truth does not: then the attacker is wrong about the product.</summary>
    public void Know(IReadOnlyCollection<Term> terms, double least, double most)
    {
        var truth = terms.Sum(term => term.Factor * _truth[term.Unknown]);
        if (truth < least - Slack || truth > most + Slack)
            throw new InvalidOperationException($"The attacker takes for granted that {least} <= {truth} <= {most}.");
        var constraint = _solver.MakeConstraint(least, most);
        foreach (var term in terms.GroupBy(term => term.Unknown))
            constraint.SetCoefficient(_unknowns[term.Key], term.Sum(t => t.Factor));
    }

    /// <summary>One sum of terms is at least a number, or the other is at least another. Of whole numbers only.</summary>
    public void KnowEither((IReadOnlyCollection<Term> Terms, double Least) one, (IReadOnlyCollection<Term> Terms, double Least) other)
    {
        var isOne = Add(one.Terms.Sum(term => term.Factor * _truth[term.Unknown]) >= one.Least ? 1 : 0);
        Know([new Term(isOne)], 0, 1);
        Know([.. one.Terms, new Term(isOne, -one.Least)], 0, double.PositiveInfinity);
        Know([.. other.Terms, new Term(isOne, other.Least)], other.Least, double.PositiveInfinity);
    }

    /// <summary>An unknown is a number, true or not: what would follow.</summary>
    public void Suppose(int unknown, double value) => _unknowns[unknown].SetBounds(value, value);

    /// <summary>Between which numbers an unknown lies; nothing where nothing fits.</summary>
    public (double Least, double Most)? Range(int unknown)
    {
        var (least, most) = (Extreme([new Term(unknown)], max: false), Extreme([new Term(unknown)], max: true));
        return double.IsFinite(least) && double.IsFinite(most) ? (least, most) : null;
    }

    /// <summary>As <see cref="Know"/>, where it is so; who knows that much knows more than the product tells.</summary>
    public void KnowWhereTrue(IReadOnlyCollection<Term> terms, double least, double most)
    {
        if (terms.Sum(term => term.Factor * _truth[term.Unknown]) is var truth && truth >= least && truth <= most)
            Know(terms, least, most);
    }

    /// <summary>Whether only one integer is left for the sum of the terms: it is told.</summary>
    public bool Tells(IReadOnlyCollection<Term> terms)
    {
        if (_points.Count == 0)
            Scatter();
        // Two points that fit everything known and differ: not told.
        var values = _points.ConvertAll(point => terms.Sum(term => term.Factor * point[term.Unknown]));
        return IsOneInteger(values.Min(), values.Max()) && IsOneInteger(Extreme(terms, max: false), Extreme(terms, max: true));
    }

    private static bool IsOneInteger(double least, double most) => Math.Floor(most + Slack) - Math.Ceiling(least - Slack) < 1;

    /// <summary>Whether what the sum of the terms has beyond one's own is known within a tenth.</summary>
    public bool Narrows(IReadOnlyCollection<Term> terms, double own = 0)
    {
        if (_points.Count == 0)
            Scatter();
        var others = terms.Sum(term => term.Factor * _truth[term.Unknown]) - own;
        var (least, most) = (own + (others * (1 - Within)), own + (others * (1 + Within)));
        return _points.TrueForAll(point => terms.Sum(term => term.Factor * point[term.Unknown]) is var value && value >= least - Slack && value <= most + Slack)
            && Extreme(terms, max: true) <= most + Slack && Extreme(terms, max: false) >= least - Slack;
    }

    public void Dispose() => _solver.Dispose();

    private void Scatter()
    {
        _points.Add([.. _truth]);
        var random = new Random(1);
        for (var round = 0; round < 6; round++)
            Extreme([.. _unknowns.Select((_, i) => new Term(i, random.NextDouble() - 0.3))], max: false);
    }

    private double Extreme(IReadOnlyCollection<Term> terms, bool max)
    {
        var objective = _solver.Objective();
        objective.Clear();
        foreach (var term in terms.GroupBy(term => term.Unknown))
            objective.SetCoefficient(_unknowns[term.Key], term.Sum(t => t.Factor));
        objective.SetOptimizationDirection(max);
        var status = _solver.Solve();
        if (status == Solver.ResultStatus.OPTIMAL)
        {
            _points.Add([.. _unknowns.Select(unknown => unknown.SolutionValue())]);
            return objective.Value();
        }

        // The truth is feasible, so that anything else is a figure without a bound.
        return max ? double.PositiveInfinity : double.NegativeInfinity;
    }
}
