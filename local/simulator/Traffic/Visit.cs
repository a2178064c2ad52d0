using KpTelemetry.Local.Simulator.Sites;

namespace KpTelemetry.Local.Simulator.Traffic;

/// <summary>One visit, planned when it begins: its pages, and how many requests each brings along. Reused for the next.</summary>
internal sealed class Visit
{
    public const int MostPages = 48;

    public readonly byte[] Address = new byte[48];
    public readonly Page[] Pages = new Page[MostPages];
    public readonly byte[] Assets = new byte[MostPages];

    public int AddressLength;
    public byte[] Agent = [];
    public byte[]? Referrer;
    /// <summary>A member's number; 0 where the visitor never signs on.</summary>
    public int Member;
    /// <summary>From which page on requests carry the member's name.</summary>
    public int SignedOnFrom;
    public bool IsCrawler;
    /// <summary>Whether the browser has the site's assets from an earlier visit.</summary>
    public bool KnowsSite;
    public int Count;
    public int At;

    /// <summary>Requests of the visit.</summary>
    public int Requests
    {
        get
        {
            var sum = Count;
            for (var i = 0; i < Count; i++)
                sum += Assets[i];
            return sum;
        }
    }
}
