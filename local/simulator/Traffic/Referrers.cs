using System.Text;
using KpTelemetry.Local.Simulator.Chance;

namespace KpTelemetry.Local.Simulator.Traffic;

/// <summary>Where visits come from; some carry what was searched for, which nobody may keep.</summary>
internal static class Referrers
{
    /// <summary>Null: the address was typed, or came from a bookmark.</summary>
    public static Weighted<byte[]?> Outside { get; } = Weighted.Of<byte[]?>(
        (null, 42),
        (Bytes("https://www.google.com/"), 30),
        (Bytes("https://www.google.com/search?q=flu+shot+near+me"), 2),
        (Bytes("https://www.bing.com/"), 5),
        (Bytes("https://duckduckgo.com/"), 3),
        (Bytes("https://search.yahoo.com/"), 2.5),
        (Bytes("https://www.facebook.com/"), 3),
        (Bytes("https://m.facebook.com/story.php?story_fbid=77120"), 1.5),
        (Bytes("https://www.webmd.com/cold-and-flu/default.htm"), 1.5),
        (Bytes("https://www.healthgrades.com/"), 1.2),
        (Bytes("https://www.yelp.com/biz/medical-center"), 1),
        (Bytes("https://www.coveredca.com/"), 1.4),
        (Bytes("https://www.medicare.gov/plan-compare/"), 1),
        (Bytes("https://t.co/k3PzQ"), 0.8),
        (Bytes("https://www.reddit.com/r/Health/"), 0.6),
        (Bytes("https://mail.google.com/"), 0.9),
        (Bytes("https://www.nextdoor.com/"), 0.5));

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);
}
