using System.Text;
using KpTelemetry.Local.Simulator.Chance;

namespace KpTelemetry.Local.Simulator.Sites;

/// <summary>A simulated site: its pages by popularity, and where people come from.</summary>
public sealed class Site
{
    private Site(string name, string host, double mobileShare, IReadOnlyList<Page> pages)
    {
        (Name, Host, MobileShare) = (name, host, mobileShare);
        Public = Weighted.Zipf(pages.Where(p => !p.SignedOn), exponent: 1.05);
        Secure = Weighted.Zipf(pages.Where(p => p.SignedOn), exponent: 0.9);
        Origin = Encoding.ASCII.GetBytes($"https://{host}");
    }

    /// <summary>The sites of the fleet, by their names in the product.</summary>
    public static IReadOnlyList<Site> All { get; } =
    [
        new("kp.org", "www.kp.org", 0.50, SiteMap.Public),
        new("healthy.kaiserpermanente.org", "healthy.kaiserpermanente.org", 0.45, SiteMap.Member),
        new("m.kp.org", "m.kp.org", 0.96, SiteMap.Mobile),
    ];

    /// <summary>The site's name in the product.</summary>
    public string Name { get; }

    /// <summary>Its host in addresses.</summary>
    public string Host { get; }

    /// <summary>Share of its people who come with a phone or a tablet.</summary>
    public double MobileShare { get; }

    /// <summary>Pages that everybody sees.</summary>
    public Weighted<Page> Public { get; }

    /// <summary>Pages behind the sign-on.</summary>
    public Weighted<Page> Secure { get; }

    /// <summary>Scheme and host.</summary>
    public byte[] Origin { get; }

    /// <summary>The site of that name; the pages of kp.org under another name where the fleet has none of it.</summary>
    public static Site Named(string name) =>
        All.FirstOrDefault(s => s.Name == name) ?? new Site(name, "www.example.com", 0.5, SiteMap.Public);
}
