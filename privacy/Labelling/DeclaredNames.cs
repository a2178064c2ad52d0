using System.Text;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>What a site declares is told to everybody as it stands, so it is asked beforehand whether it could be somebody's.</summary>
public static class DeclaredNames
{
    // A form's number is a name where the site says so; a date has eight characters, and identifiers have more.
    private const int LongestCode = 7;

    /// <summary>Whether a route, an event or a campaign holds what the rules take for a value, of more than seven letters and digits.</summary>
    public static bool MayIdentify(string name)
    {
        var segments = FoldedText.Of(PathText.Decode(Encoding.UTF8.GetBytes(name))).Split('/', StringSplitOptions.RemoveEmptyEntries)
            .Select(segment => segment[0] == '{' && segment[^1] == '}' ? "any" : segment).ToArray();
        var read = segments.ToList();
        ValuePaths.Replace(read);
        return read.Count != segments.Length || segments.Where((_, i) => read[i] == PageLabel.Value).Sum(segment => segment.Count(char.IsLetterOrDigit)) > LongestCode;
    }

    /// <summary>Whether a host is an address or holds a value, so that it would be told as <see cref="PageLabel.Value"/> of any other site.</summary>
    public static bool MayIdentifyHost(string host) => ReferrerLabel.Of(Encoding.UTF8.GetBytes($"http://{host}/"), []) != host;
}
