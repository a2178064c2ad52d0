using KpTelemetry.Local.Simulator.Chance;
using KpTelemetry.Local.Simulator.Sites;

namespace KpTelemetry.Local.Simulator.Traffic;

/// <summary>Turns the pages of a visit into requests: paths with what people's addresses carry, statuses, sizes, referrers.</summary>
internal sealed class Requests(Site site)
{
    private static readonly Weighted<int> PageStatus = Weighted.Of((200, 93.6), (304, 2.2), (301, 1.2), (302, 0.5), (404, 1.8), (403, 0.3), (500, 0.25), (206, 0.15));

    /// <summary>The request for the page that a visit is at.</summary>
    public void FillPage(Hit hit, ref Dice dice)
    {
        var visit = hit.Visit;
        var page = visit.Pages[visit.At];
        hit.IsSignedOn = visit.At >= visit.SignedOnFrom;
        hit.IsHead = visit.IsCrawler && dice.Chance(0.04);
        hit.Status = PageStatus.Draw(ref dice);
        hit.Bytes = HasBody(hit) ? (long)dice.LogNormal(page.MedianBytes, 0.5) : 0;
        FillPagePath(hit, page, ref dice);
        hit.ClearReferrer();
        if (visit.At > 0 && !visit.IsCrawler)
            ReferTo(hit, visit.Pages[visit.At - 1]);
        else if (visit.Referrer is { } outside)
            hit.AddToReferrer(outside);
    }

    /// <summary>The request for the n-th asset of the page that a visit is at.</summary>
    public void FillAsset(Hit hit, int number, ref Dice dice)
    {
        var page = hit.Visit.Pages[hit.Visit.At];
        hit.IsHead = false;
        hit.Status = hit.Visit.KnowsSite && dice.Chance(0.35) ? 304 : dice.Chance(0.004) ? 404 : 200;
        hit.Bytes = HasBody(hit) ? (long)dice.LogNormal(24_000, 1.2) : 0;
        hit.ClearPath();
        hit.AddToPath(page.Assets[number % page.Assets.Count]);
        hit.ClearReferrer();
        ReferTo(hit, page);
    }

    private static void FillPagePath(Hit hit, Page page, ref Dice dice)
    {
        hit.ClearPath();
        if (hit.Visit is { IsCrawler: true, At: 0 })
        {
            hit.AddToPath("/robots.txt"u8);
            return;
        }

        if (hit.Status == 404)
            hit.AddToPath("/archive"u8);
        hit.AddToPath(page.Utf8);
        if (page.Tail != Tail.None)
            hit.AddTail(page.Tail, ref dice);
        else if (hit.Visit.At == 0 && dice.Chance(0.06))
            hit.AddCampaign(ref dice);
    }

    private void ReferTo(Hit hit, Page page)
    {
        hit.AddToReferrer(site.Origin);
        hit.AddToReferrer(page.Utf8);
    }

    private static bool HasBody(Hit hit) => !hit.IsHead && hit.Status is not (301 or 302 or 304);
}
