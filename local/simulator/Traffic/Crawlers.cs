using System.Text;
using KpTelemetry.Local.Simulator.Chance;

namespace KpTelemetry.Local.Simulator.Traffic;

/// <summary>Programs that visit a site: search engines, previews, monitors, scripts; one of them sends no agent.</summary>
internal static class Crawlers
{
    public static Weighted<byte[]> Agents { get; } = Weighted.Zipf(
        new[]
        {
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
            "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
            "-",
            "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "Mozilla/5.0 (compatible; DotBot/1.2; +https://opensiteexplorer.org/dotbot; help@moz.com)",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
            "python-requests/2.32.3",
            "curl/8.5.0",
            "Go-http-client/2.0",
            "DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)",
            "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
        }.Select(Encoding.ASCII.GetBytes),
        exponent: 0.9);

    /// <summary>The address of one of a crawler's machines: a few, in a network of its own.</summary>
    public static int WriteAddress(byte[] agent, ref Dice dice, Span<byte> text)
    {
        var machine = dice.Below(24);
        var home = Dice.For(0xB07, (ulong)agent.Length);
        return Encoding.ASCII.GetBytes($"{40 + home.Below(6)}.{home.Below(256)}.{home.Below(256)}.{machine + 10}", text);
    }
}
