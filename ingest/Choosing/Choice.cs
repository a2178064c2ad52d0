namespace KpTelemetry.Ingest.Choosing;

/// <summary>
/// A thing that a visitor can say no to (P5, P14, P19). A no is a first-party cookie of this host, set by the server, whose
/// value is a constant: it names nobody, and one browser's is another's.
/// </summary>
/// <param name="Field">Its name in the form.</param>
/// <param name="Cookie">The cookie that says no.</param>
/// <param name="Question">What is asked.</param>
/// <param name="Effect">What a no does.</param>
internal sealed record Choice(string Field, string Cookie, string Question, string Effect)
{
    private const string No = "off";

    // As long as a cookie may live without renewal (P3): 13 months.
    private static readonly TimeSpan Lives = TimeSpan.FromDays(395);

    public static readonly Choice Measurement = new(
        "measurement", "kp-measurement", "May your visits be counted?",
        "If you say no, nothing of your visits is counted and nothing about them is kept, except where you are signed on: who opened a record is written down for its owner's protection.");

    public static readonly Choice Retargeting = new(
        "retargeting", "kp-retargeting", "May you be shown our advertising on other sites?",
        "If you say no, our pages make no call to an advertising network for you. While you are signed on they never do.");

    public static readonly Choice Location = new(
        "location", "kp-location", "May our pages ask for your location to give you directions?",
        "If you say no, our pages do not ask. Where you are is never kept, whatever you say.");

    public static IReadOnlyList<Choice> All { get; } = [Measurement, Retargeting, Location];

    /// <summary>Whether the browser says no.</summary>
    public bool IsOff(HttpRequest request) => request.Headers.Cookie.Count > 0 && request.Cookies[Cookie] == No;

    /// <summary>Makes the browser say no, for 13 months from now.</summary>
    public void TurnOff(HttpResponse response) => response.Cookies.Append(Cookie, No, Attributes(response, Lives));

    /// <summary>Makes the browser say nothing about it.</summary>
    public void TurnOn(HttpResponse response) => response.Cookies.Delete(Cookie, Attributes(response, null));

    private static CookieOptions Attributes(HttpResponse response, TimeSpan? lives) =>
        new() { Path = "/", HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = response.HttpContext.Request.IsHttps, MaxAge = lives, IsEssential = true };
}
