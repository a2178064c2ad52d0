using KpTelemetry.Local.Simulator.Chance;
using KpTelemetry.Local.Simulator.People;
using KpTelemetry.Local.Simulator.Sites;

namespace KpTelemetry.Local.Simulator.Traffic;

/// <summary>Plans visits to a site: who comes, what they look at, where they came from.</summary>
internal sealed class Visits(Site site, ulong seed, int chapter = 0)
{
    // Crawlers load no assets, so fewer of their visits make the share of requests that logs show.
    private const double CrawlerShare = 0.115;
    private const double NewcomerShare = 0.62;
    private const double SignOnShare = 0.24;

    // People whom a later chapter finds there from the start.
    private const long PeopleBefore = 2_000;

    private readonly Population _people = new(seed, site.MobileShare, chapter * PeopleBefore);
    private Dice _dice = Dice.For(seed, ulong.MaxValue - (ulong)chapter);

    /// <summary>Where they go.</summary>
    public Site Site => site;

    /// <summary>The dice of everything that happens within visits.</summary>
    public ref Dice Dice => ref _dice;

    /// <summary>Plans the visit that begins at that moment.</summary>
    public void Plan(Visit visit, long unixMilliseconds)
    {
        visit.At = 0;
        if (_dice.Chance(CrawlerShare))
            PlanCrawl(visit);
        else
            PlanPerson(visit, unixMilliseconds / 1000);
    }

    /// <summary>Plans the visit of a person.</summary>
    public void PlanPerson(Visit visit, long unixSeconds)
    {
        visit.KnowsSite = !_dice.Chance(NewcomerShare);
        var person = visit.KnowsSite ? _people.Returning(ref _dice, unixSeconds) : _people.Newcomer(ref _dice, unixSeconds);
        visit.AddressLength = _people.WriteAddress(person, unixSeconds, visit.Address);
        visit.Agent = person.Agent;
        visit.Referrer = Referrers.Outside.Draw(ref _dice);
        visit.IsCrawler = false;
        visit.At = 0;
        visit.Member = person.Member > 0 && _dice.Chance(SignOnShare) ? person.Member : 0;
        visit.SignedOnFrom = visit.Member > 0 ? 1 + _dice.Below(2) : int.MaxValue;
        visit.Count = Math.Clamp((int)_dice.LogNormal(2.1, 0.75), 1, Visit.MostPages);
        for (var i = 0; i < visit.Count; i++)
        {
            visit.Pages[i] = (i >= visit.SignedOnFrom ? site.Secure : site.Public).Draw(ref _dice);
            visit.Assets[i] = (byte)(i == 0 && !visit.KnowsSite ? 3 + _dice.Below(6) : _dice.Below(3));
        }
    }

    private void PlanCrawl(Visit visit)
    {
        visit.IsCrawler = true;
        visit.KnowsSite = false;
        visit.Agent = Crawlers.Agents.Draw(ref _dice);
        visit.AddressLength = Crawlers.WriteAddress(visit.Agent, ref _dice, visit.Address);
        visit.Referrer = null;
        visit.Member = 0;
        visit.SignedOnFrom = int.MaxValue;
        visit.Count = Math.Clamp((int)_dice.LogNormal(8, 0.8), 1, Visit.MostPages);
        for (var i = 0; i < visit.Count; i++)
        {
            visit.Pages[i] = site.Public.Draw(ref _dice);
            visit.Assets[i] = 0;
        }
    }
}
