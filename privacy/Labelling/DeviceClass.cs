namespace KpTelemetry.Privacy.Labelling;

/// <summary>Classes of devices, from the words that browsers use of themselves.</summary>
internal static class DeviceClass
{
    public const string Desktop = "desktop";
    public const string Mobile = "mobile";
    public const string Tablet = "tablet";
    public const string Other = "other";

    private static readonly string[] Screens = ["TV", "HbbTV", "PlayStation", "Xbox", "Nintendo", "CrKey", "Roku"];
    private static readonly string[] Tablets = ["iPad", "Tablet", "PlayBook", "Kindle"];
    private static readonly string[] Mobiles = ["Mobi", "iPhone", "iPod", "Windows Phone", "BlackBerry", "Opera Mini", "Symbian", "Nokia", "J2ME", "Windows CE"];
    private static readonly string[] Desktops = ["Windows", "Macintosh", "X11", "CrOS", "Linux"];

    /// <summary>The class of a human's agent. An Android that does not say <c>Mobile</c> is a tablet, as Chrome documents.</summary>
    public static string Of(string agent)
    {
        if (HasAny(agent, Screens))
            return Other;
        if (HasAny(agent, Tablets) && !agent.Contains("Tablet PC", StringComparison.Ordinal))
            return Tablet;
        if (HasAny(agent, Mobiles))
            return Mobile;
        if (agent.Contains("Android", StringComparison.Ordinal))
            return Tablet;
        return HasAny(agent, Desktops) ? Desktop : Other;
    }

    private static bool HasAny(string agent, string[] words) => Array.Exists(words, word => agent.Contains(word, StringComparison.Ordinal));
}
