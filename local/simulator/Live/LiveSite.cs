using KpTelemetry.Local.Simulator.Sites;
using KpTelemetry.Local.Simulator.Traffic;

namespace KpTelemetry.Local.Simulator.Live;

/// <summary>The visits under way on one site. Only people: what runs no page loads no pixel.</summary>
internal sealed class LiveSite(Site site, ulong seed)
{
    private const int MostVisits = 20_000;

    private readonly Visits _visits = new(site, seed);
    private readonly Requests _requests = new(site);
    private readonly PriorityQueue<Visit, long> _underWay = new();
    private readonly Hit _hit = new();

    /// <summary>The page view that is due: of a visit under way, else of one that begins.</summary>
    public PixelHit Next(long unixMilliseconds)
    {
        var visit = Due(unixMilliseconds);
        if (visit is null)
        {
            visit = new Visit();
            _visits.PlanPerson(visit, unixMilliseconds / 1000);
        }

        _hit.Visit = visit;
        _requests.FillPage(_hit, ref _visits.Dice);
        if (++visit.At < visit.Count && _underWay.Count < MostVisits)
            _underWay.Enqueue(visit, unixMilliseconds + 2_000 + Math.Min((long)_visits.Dice.LogNormal(25_000, 0.8), 600_000));
        return PixelHit.From(site.Name, _hit);
    }

    private Visit? Due(long unixMilliseconds) =>
        _underWay.TryPeek(out _, out var due) && due <= unixMilliseconds ? _underWay.Dequeue() : null;
}
