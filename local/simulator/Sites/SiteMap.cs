using System.Text;

namespace KpTelemetry.Local.Simulator.Sites;

/// <summary>The pages of a health provider's sites, composed from what such sites have, most visited first.</summary>
internal static class SiteMap
{
    private static readonly string[] Topics =
    [
        "flu", "back-pain", "healthy-eating", "stress", "sleep", "diabetes", "pregnancy", "blood-pressure", "anxiety", "exercise",
        "allergies", "migraine", "asthma", "weight", "cholesterol", "depression", "vaccines", "heart-health", "skin-care", "quitting-smoking",
        "arthritis", "childrens-health", "mens-health", "womens-health", "mindfulness", "recipes", "headache", "sinus", "hearing", "vision",
        "acupuncture", "physical-therapy", "osteoporosis", "thyroid", "anemia", "gout", "eczema", "psoriasis", "bronchitis", "strep-throat",
    ];

    private static readonly string[] Regions =
    [
        "northern-california", "southern-california", "georgia", "colorado", "maryland-virginia-dc", "northwest", "hawaii", "washington",
    ];

    private static readonly string[] Articles = ["", "/symptoms", "/treatment", "/prevention", "/when-to-call"];

    private static readonly string[] Front =
    [
        "/", "/health-wellness/", "/doctors-locations", "/sign-on", "/shop-plans", "/appointments", "/pharmacy", "/search", "/locations/urgent-care",
        "/shop-plans/individual-family", "/shop-plans/medicare", "/register", "/support", "/why-us", "/careers", "/health-wellness/podcast",
        "/health-wellness/classes", "/language-assistance", "/pay-bills", "/about", "/contact", "/privacy", "/terms",
    ];

    /// <summary>The provider's front: everybody's pages, a few behind the sign-on.</summary>
    public static IReadOnlyList<Page> Public { get; } =
    [
        .. Front.Select(p => Make(p, p == "/search" ? Tail.Search : Tail.None)),
        Make("/doctors-locations/provider", Tail.Number),
        .. Regions.SelectMany(r => new[] { Make($"/doctors-locations/{r}"), Make($"/shop-plans/{r}") }),
        .. Articles.SelectMany(a => Topics.Select(t => Make($"/health-wellness/{t}{a}"))),
        Make("/newsletter/unsubscribe", Tail.Mail),
        .. Account,
    ];

    /// <summary>The members' portal.</summary>
    public static IReadOnlyList<Page> Member { get; } =
    [
        .. new[] { "/", "/sign-on", "/appointments", "/pharmacy", "/doctors-locations", "/health-wellness/", "/coverage-costs", "/support", "/learn", "/register" }.Select(p => Make(p)),
        Make("/register/confirm", Tail.Guid),
        Make("/doctors-locations/provider", Tail.Number),
        .. Topics.Select(t => Make($"/health-wellness/{t}")),
        .. Account,
    ];

    /// <summary>The small site for phones.</summary>
    public static IReadOnlyList<Page> Mobile { get; } =
    [
        .. new[] { "/", "/sign-on", "/locations", "/appointments", "/pharmacy/refill", "/nurse-line", "/hours", "/support" }.Select(p => Make(p)),
        .. Regions.Select(r => Make($"/locations/{r}")),
        .. Account.Take(4),
    ];

    private static Page[] Account =>
    [
        Make("/secure/home", signedOn: true),
        Make("/secure/messages", signedOn: true),
        Make("/secure/test-results", signedOn: true),
        Make("/secure/appointments", signedOn: true),
        Make("/secure/prescriptions", signedOn: true),
        Make("/secure/message", Tail.Number, signedOn: true),
        Make("/secure/test-result", Tail.Guid, signedOn: true),
        Make("/secure/billing", signedOn: true),
        Make("/secure/proxy-access", signedOn: true),
    ];

    private static Page Make(string path, Tail tail = Tail.None, bool signedOn = false)
    {
        var name = path.Trim('/').Replace('/', '-') is { Length: > 0 } text ? text : "home";
        string[] assets =
        [
            "/static/css/site.css", "/static/js/site.js", $"/static/img/{name}-hero.jpg", "/static/img/logo.svg",
            "/static/fonts/text.woff2", $"/static/js/{name}.js", $"/static/img/{name}-2.webp", "/favicon.ico",
        ];
        return new Page(path, tail, signedOn, [.. assets.Select(Encoding.ASCII.GetBytes)], MedianBytes: 9_000 + (path.Length * 350));
    }
}
