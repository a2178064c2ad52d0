using KpTelemetry.Pipeline.Tests.Counting;
using KpTelemetry.Schemas;

namespace KpTelemetry.Attack.Tests.Worlds;

/// <summary>Somebody at a site: what the fold takes for one visitor.</summary>
/// <param name="Network">A /24 of its own; those of one network vouch for two at most in a cell, day and partition.</param>
/// <param name="Kind">Which agent, of a few.</param>
/// <param name="IsFake">Whether the attacker is behind it, and therefore knows all that it did.</param>
/// <param name="Age">Of its cookie, as the contract of events has it: 0 for none, 1 where it was given less than a week ago.</param>
/// <param name="IsUntold">Whether its browser has no cookie, so that its views are nobody's.</param>
public sealed record Person(int Number, int Network, int Kind, bool IsFake = false, uint Age = 0, bool IsUntold = false)
{
    public const int Partitions = 2;

    private static readonly string[] Agents =
    [
        "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:27.0) Gecko/20100101 Firefox/27.0",
        "Mozilla/5.0 (X11; Linux x86_64; rv:29.0) Gecko/20100101 Firefox/29.0",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.107 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0",
        "Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (PlayStation; PlayStation 5/2.26) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15",
    ];

    public static int Kinds => Agents.Length - 2;

    /// <summary>The one kind of tablet, which only crowds and grids have.</summary>
    public static int Tablet => Agents.Length - 2;

    /// <summary>The one kind that is no device of these, which only grids have.</summary>
    public static int Console => Agents.Length - 1;

    /// <summary>A visitor belongs to one partition.</summary>
    public int Partition => Number % Partitions;

    public string Address => $"10.{Network / 200}.{Network % 200}.{Number % 250}";

    public string Agent => Agents[Kind];

    /// <summary>What it does at a time.</summary>
    internal TestEvent Do(DateTimeOffset at, string path, int status = 200, long bytes = 0, string referrer = "", string campaign = "") => new(
        at, Address, Agent, path, status, bytes, Referrer: referrer, Campaign: campaign,
        Client: Age > 0 ? $"c{Number}" : "", ClientAge: Age, Flags: IsUntold ? EventFlags.Pixel : EventFlags.None);
}
