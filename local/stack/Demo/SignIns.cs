using KpTelemetry.Cli.Stacks;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Tokens;

namespace KpTelemetry.Local.Stack.Demo;

/// <summary>A link for each role that signs on to the dashboards, once.</summary>
internal static class SignIns
{
    private static readonly string[] Roles = ["analyst", "marketing", "security", "privacy", "admin"];
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    /// <summary>Prints the dashboards' address and the links.</summary>
    /// <param name="home">Whose key store signs them.</param>
    /// <param name="dashboards">Where the dashboards answer.</param>
    /// <param name="time">The clock.</param>
    public static void Print(StackHome home, string dashboards, TimeProvider time)
    {
        using var keys = KeyStore.Open(home.Folder("keys"));
        var tokens = new LocalTokens(keys, time);
        Console.WriteLine($"dashboards  {dashboards}");
        Console.WriteLine("sign in as  (each link works once; ./kp token --role ROLE makes a token to sign in with again)");
        foreach (var role in Roles)
        {
            Console.WriteLine($"  {role,-9} {dashboards}/sign-in?ticket={tokens.MintTicket($"demo-{role}", role, Lifetime)}");
        }
    }
}
