using System.Globalization;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>Reads host names.</summary>
internal static class HostText
{
    private const string Punycode = "xn--";

    private static readonly IdnMapping Idn = new();

    /// <summary>A host, or one part of it, with punycode decoded and folded; null where the punycode is none.</summary>
    public static string? Decode(string host)
    {
        if (!host.Contains(Punycode, StringComparison.Ordinal))
            return host;
        try
        {
            return FoldedText.Of(Idn.GetUnicode(host));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
