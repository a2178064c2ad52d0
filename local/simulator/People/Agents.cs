using System.Globalization;
using System.Text;
using KpTelemetry.Local.Simulator.Chance;

namespace KpTelemetry.Local.Simulator.People;

/// <summary>User agents as browsers send them, composed from systems, devices and versions: newer versions are more common.</summary>
internal static class Agents
{
    private static readonly int[] Chromes = [142, 141, 140, 139, 138, 137, 136, 135, 134, 133, 131, 130, 128, 126, 124, 120, 116, 109];
    private static readonly string[] IosVersions = ["18_6", "18_5", "26_0", "18_3", "18_1", "17_7", "17_6", "17_4", "16_7", "15_8"];
    private static readonly string[] Phones =
    [
        "SM-S928U", "SM-S918U", "SM-A156U", "SM-S911U", "Pixel 8", "Pixel 9 Pro", "Pixel 7a", "SM-A546U", "moto g power 5G - 2024", "SM-G991U",
        "SM-A136U", "Pixel 6", "moto g stylus 5G", "SM-N986U", "OnePlus 12R", "SM-A037U",
    ];

    public static Weighted<byte[]> Desktop { get; } = Weighted.Zipf(Bytes(DesktopAgents()), 0.55);

    public static Weighted<byte[]> Mobile { get; } = Weighted.Zipf(Bytes(MobileAgents()), 0.5);

    private static IEnumerable<string> DesktopAgents()
    {
        foreach (var (chrome, at) in Chromes.Select((c, i) => (c, i)))
        {
            yield return Chrome("Windows NT 10.0; Win64; x64", chrome);
            yield return Chrome("Macintosh; Intel Mac OS X 10_15_7", chrome);
            yield return Chrome("Windows NT 10.0; Win64; x64", chrome) + $" Edg/{Text(chrome)}.0.0.0";
            yield return Safari("Macintosh; Intel Mac OS X 10_15_7", $"{Text(18 - (at / 6))}.{Text(6 - (at % 6))}", mobile: "");
            yield return $"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{Text(chrome + 2)}.0) Gecko/20100101 Firefox/{Text(chrome + 2)}.0";
            yield return Chrome("X11; CrOS x86_64 14541.0.0", chrome);
            yield return $"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:{Text(chrome + 2)}.0) Gecko/20100101 Firefox/{Text(chrome + 2)}.0";
            yield return $"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:{Text(chrome + 2)}.0) Gecko/20100101 Firefox/{Text(chrome + 2)}.0";
        }
    }

    private static IEnumerable<string> MobileAgents()
    {
        foreach (var (ios, at) in IosVersions.Select((v, i) => (v, i)))
        {
            var version = ios.Replace('_', '.');
            yield return Safari($"iPhone; CPU iPhone OS {ios} like Mac OS X", version, " Mobile/15E148");
            yield return Chrome("Linux; Android 10; K", Chromes[at], " Mobile");
            yield return Safari($"iPhone; CPU iPhone OS {ios} like Mac OS X", version, " Mobile/15E148").Replace($"Version/{version}", $"CriOS/{Text(Chromes[at])}.0.7258.76", StringComparison.Ordinal);
            yield return Safari($"iPad; CPU OS {ios} like Mac OS X", version, " Mobile/15E148");
            yield return $"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/{Text(29 - at)}.0 Chrome/{Text(Chromes[at + 4])}.0.0.0 Mobile Safari/537.36";
            yield return $"Mozilla/5.0 (Android 14; Mobile; rv:{Text(Chromes[at] + 2)}.0) Gecko/{Text(Chromes[at] + 2)}.0 Firefox/{Text(Chromes[at] + 2)}.0";
        }

        foreach (var phone in Phones)
        {
            for (var at = 0; at < 6; at++)
                yield return Chrome($"Linux; Android {Text(15 - (at / 2))}; {phone}", Chromes[at * 2], " Mobile");
        }
    }

    private static string Chrome(string system, int version, string mobile = "") =>
        $"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{Text(version)}.0.0.0{mobile} Safari/537.36";

    private static string Safari(string system, string version, string mobile) =>
        $"Mozilla/5.0 ({system}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{version}{mobile} Safari/{(mobile.Length > 0 ? "604.1" : "605.1.15")}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<byte[]> Bytes(IEnumerable<string> agents) => agents.Distinct(StringComparer.Ordinal).Select(Encoding.ASCII.GetBytes);
}
