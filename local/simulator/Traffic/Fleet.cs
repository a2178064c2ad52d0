using KpTelemetry.Local.Simulator.Chance;
using KpTelemetry.Local.Simulator.People;

namespace KpTelemetry.Local.Simulator.Traffic;

/// <summary>
/// Everything that happens on a site in a span of time, in order: exactly so many requests, many visits at once. The
/// memory it needs grows with the visits under way, not with the requests.
/// </summary>
internal sealed class Fleet
{
    private const long LongestPause = 25 * 60_000;

    private readonly Visits _visits;
    private readonly Requests _requests;
    private readonly Timeline _timeline;
    private readonly long _wanted;
    private readonly PriorityQueue<Visit, (long At, long Order)> _underWay = new();
    private readonly Stack<Visit> _spare = new();
    private readonly Hit _hit = new();

    private long _order;
    private long _planned;
    private long _given;
    private int _assetsLeft;
    private int _asset;

    /// <param name="visits">Who comes.</param>
    /// <param name="timeline">When.</param>
    /// <param name="requests">How much, at least 1.</param>
    public Fleet(Visits visits, Timeline timeline, long requests)
    {
        (_visits, _timeline, _wanted) = (visits, timeline, requests);
        _requests = new Requests(visits.Site);
    }

    /// <summary>The next request; null once all have happened.</summary>
    public Hit? Next()
    {
        if (_given == _wanted)
            return null;
        _given++;
        if (_assetsLeft > 0)
            NextAsset();
        else
            NextPage();
        return _hit;
    }

    private ref Dice Dice => ref _visits.Dice;

    private void NextPage()
    {
        BeginVisits();
        _underWay.TryDequeue(out var visit, out var due);
        _hit.UnixMilliseconds = Math.Min(due.At, _timeline.Last);
        _hit.Visit = visit!;
        _requests.FillPage(_hit, ref Dice);
        (_asset, _assetsLeft) = (0, visit!.Assets[visit.At]);
        if (_assetsLeft == 0)
            GoOn(visit);
    }

    private void NextAsset()
    {
        _requests.FillAsset(_hit, _asset++, ref Dice);
        if (--_assetsLeft == 0)
            GoOn(_hit.Visit);
    }

    /// <summary>
    /// Begins every visit that is due before what is under way goes on. The moment follows from the requests planned so
    /// far, so that they come out exact in number and spread as the timeline wants.
    /// </summary>
    private void BeginVisits()
    {
        while (_planned < _wanted)
        {
            var start = _timeline.At((double)_planned / _wanted);
            if (_underWay.TryPeek(out _, out var due) && due.At <= start)
                return;
            if (!_spare.TryPop(out var visit))
                visit = new Visit();
            _visits.Plan(visit, start);
            _planned += visit.Requests;
            _underWay.Enqueue(visit, (start, _order++));
        }
    }

    private void GoOn(Visit visit)
    {
        if (++visit.At == visit.Count)
        {
            _spare.Push(visit);
            return;
        }

        var pause = visit.IsCrawler ? 1_000 + Dice.Exponential(6_000) : 2_000 + Dice.LogNormal(35_000, 0.9);
        _underWay.Enqueue(visit, (_hit.UnixMilliseconds + Math.Min((long)pause, LongestPause), _order++));
    }
}
