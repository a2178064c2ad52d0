using KpTelemetry.Local.Simulator.Logs;
using KpTelemetry.Local.Simulator.Sites;
using KpTelemetry.Local.Simulator.Traffic;

namespace KpTelemetry.Local.Simulator.Live;

/// <summary>The visits of people under way on one site.</summary>
internal sealed class LiveSite(Site site, ulong seed)
{
    private const int MostVisits = 20_000;

    // Pages that come out of a cache which keeps no log: only their pixel tells of them.
    private const double ShareOfPixels = 0.125;

    private readonly Visits _visits = new(site, seed);
    private readonly Requests _requests = new(site);
    private readonly PriorityQueue<Visit, long> _underWay = new();
    private readonly CombinedLine _lines = new();
    private readonly Hit _hit = new();

    /// <summary>The page view that is due: of a visit under way, else of one that begins.</summary>
    public LiveHit Next(long unixMilliseconds)
    {
        var visit = Due(unixMilliseconds);
        if (visit is null)
        {
            visit = new Visit();
            _visits.PlanPerson(visit, unixMilliseconds / 1000);
        }

        (_hit.Visit, _hit.UnixMilliseconds) = (visit, unixMilliseconds);
        _requests.FillPage(_hit, ref _visits.Dice);
        if (++visit.At < visit.Count && _underWay.Count < MostVisits)
            _underWay.Enqueue(visit, unixMilliseconds + 2_000 + Math.Min((long)_visits.Dice.LogNormal(25_000, 0.8), 600_000));
        return _visits.Dice.Chance(ShareOfPixels) ? LiveHit.Pixel(site.Name, _hit) : LiveHit.Logged(site.Name, _hit, _lines);
    }

    private Visit? Due(long unixMilliseconds) =>
        _underWay.TryPeek(out _, out var due) && due <= unixMilliseconds ? _underWay.Dequeue() : null;
}
