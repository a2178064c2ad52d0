using System.Text;

namespace KpTelemetry.Privacy.Minimising;

/// <summary>Reads the campaign that a link names, before its query is dropped: one of the site's list, or none.</summary>
public static class CampaignParameter
{
    private const int LongestValue = 192;

    private static readonly byte[][] Names = [.. new[] { "utm_campaign", "utm_id", "mtm_campaign", "pk_campaign", "campaign", "cmp", "cid" }.Select(Encoding.ASCII.GetBytes)];

    /// <summary>Writes the campaign's name as the list has it and returns its length; 0 where the target names none of the list.</summary>
    public static int Read(ReadOnlySpan<byte> target, IReadOnlyList<string> allowed, Span<byte> destination)
    {
        var query = target.IndexOf((byte)'?');
        if (query < 0 || allowed.Count == 0)
            return 0;
        target = target[(query + 1)..];
        var end = target.IndexOf((byte)'#');
        target = end < 0 ? target : target[..end];
        foreach (var range in target.SplitAny((byte)'&', (byte)';'))
        {
            if (Find(target[range], allowed) is { } campaign)
                return Encoding.UTF8.GetBytes(campaign, destination);
        }

        return 0;
    }

    private static string? Find(ReadOnlySpan<byte> parameter, IReadOnlyList<string> allowed)
    {
        var equals = parameter.IndexOf((byte)'=');
        if (equals < 0 || parameter.Length - equals > LongestValue || !IsName(parameter[..equals]))
            return null;
        var value = Uri.UnescapeDataString(Encoding.UTF8.GetString(parameter[(equals + 1)..]).Replace('+', ' '));
        return allowed.FirstOrDefault(name => name.Equals(value, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsName(ReadOnlySpan<byte> name)
    {
        foreach (var known in Names)
        {
            if (Ascii.EqualsIgnoreCase(name, known))
                return true;
        }

        return false;
    }
}
