using System.Net;
using System.Text.RegularExpressions;
using KpTelemetry.Privacy.Labelling;

namespace KpTelemetry.Privacy.Detecting;

/// <summary>Where a person is or is reached, on the net and on the ground, and by what name.</summary>
internal static partial class DetectAddresses
{
    private const RegexOptions Options = RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant;

    // Labels are short and no pattern repeats a repetition: the limit is for a pattern that would.
    private const int LimitMs = 10_000;
    private const string Street = "(st|street|ave|avenue|blvd|boulevard|rd|ln|lane|hwy|pkwy)";
    private const string NamesStreet = "(?!(ways?|things|tips|reasons|facts|steps|to|for|of|the|a|in|on|and|or|that|you|your|with|is|are)[-./])[a-z]+";

    public static bool Email(string text) => EmailForm().IsMatch(text);

    public static bool Url(string text) => UrlForm().IsMatch(text);

    public static bool Ip(string text) =>
        FourNumbers().Match(text) is { Success: true } match && !IsCount(match.Groups["address"].Value) && IPAddress.TryParse(match.Groups["address"].Value.Replace('-', '.').Replace('/', '.'), out _)
        || ManyColons().IsMatch(text) || ShortenedIp().IsMatch(text);

    // 5-4-3-2 of 5-4-3-2-1-grounding.
    private static bool IsCount(string numbers) => numbers is "1-2-3-4" or "2-3-4-5" or "3-4-5-6" or "4-3-2-1" or "5-4-3-2" or "6-5-4-3";

    public static bool Place(string text) => ZipForm().IsMatch(text) || NamedZipForm().Match(text).Groups["number"].ValueSpan is { Length: > 0 } number && !NumberRules.IsYear(number) || CoordinateForm().IsMatch(text) || IsStreet(text);

    public static bool Name(string text) => NamedName().IsMatch(text) || NameAndNumber().Match(text) is { Success: true } match && Vocabulary.IsPersonsName(match.Groups["name"].ValueSpan);

    private static bool IsStreet(string text) => StreetForm().Match(text) is { Success: true } match && !NumberRules.IsYear(match.Groups["number"].ValueSpan);

    [GeneratedRegex("[^-/@][^/@]*@[^/@]*[.][a-z]{2}|[a-z0-9]([(]at[)]|[[]at[]]|<at>|[-+]at[-+][a-z0-9-]+(-dot-|[.](com|org|net|edu|gov|mil|us|uk)$))[a-z0-9]?", Options, LimitMs)]
    private static partial Regex EmailForm();

    [GeneratedRegex("(^|/)(https?|ftp|mailto|tel|sms|file|javascript|data):|://|https?[-:]{3}|^/(.*/)?www[.][a-z0-9]", Options, LimitMs)]
    private static partial Regex UrlForm();

    [GeneratedRegex("(^|[^0-9.])(?<address>[0-9]{1,3}([.][0-9]{1,3}){3}|[0-9]{1,3}(-[0-9]{1,3}){3}|[0-9]{1,3}(/[0-9]{1,3}){3})($|[^0-9.]|[.][^0-9])", Options, LimitMs)]
    private static partial Regex FourNumbers();

    [GeneratedRegex("([0-9a-f]{0,4}:){2}[0-9a-f]{0,4}", Options, LimitMs)]
    private static partial Regex ManyColons();

    // An IPv6 address with hyphens for its colons.
    [GeneratedRegex("(^|[^0-9a-z])(?=[0-9a-f-]*([0-9][a-f]|[a-f][0-9]))([23][0-9a-f]{3}-[0-9a-f]{1,4}-|fe[89ab][0-9]-|f[cd][0-9][0-9a-f]-)([0-9a-f]{1,4}-){0,4}-[0-9a-f]{1,4}($|[^\\p{L}0-9])", Options, LimitMs)]
    private static partial Regex ShortenedIp();

    [GeneratedRegex("(^|[^0-9])[0-9]{5}-(?!(19|20)[0-9]{2}($|[^0-9]))[0-9]{4}($|[^0-9])|(^|/)[0-9]{5}(-[0-9]{4})?($|[/.])", Options, LimitMs)]
    private static partial Regex ZipForm();

    [GeneratedRegex("(^|[^a-z])(zip|zipcode|zip-code|postcode|postal-code)[-/=:.]?(?<number>[0-9]{3,})", Options, LimitMs)]
    private static partial Regex NamedZipForm();

    [GeneratedRegex("[0-9]{1,3}[.][0-9]{2,}[,;/-]+[0-9]{1,3}[.][0-9]{2,}|(^|/)(?!(0?[1-9]|1[0-2])[.](19|20)[0-9]{2}($|/))[-+]?[0-9]{1,3}[.][0-9]{4,}[nsew]?($|/)|(^|/)-[0-9]{1,3}[.][0-9]|[0-9]°", Options, LimitMs)]
    private static partial Regex CoordinateForm();

    // A number, one or two words that can name a street, and a word for one; the number may be a segment, but for the day of an archive.
    [GeneratedRegex($"(^|[^0-9])(?<number>[0-9]{{3,5}})([-.]{NamesStreet}){{1,2}}[-.]{Street}($|[-/.])|(?<![0-9])(?<!/(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)/(?<number>[0-9]{{2,4}})/{NamesStreet}([-/]{NamesStreet})?[-/]{Street}($|/)|(^|[^a-z])po-?box-?(?<number>[0-9]{{1,5}})", Options, LimitMs)]
    private static partial Regex StreetForm();

    [GeneratedRegex("(^|[^a-z])(first|last|given|family|full|maiden|patient|member)-?names?[/=:]+[a-z]{2}", Options, LimitMs)]
    private static partial Regex NamedName();

    [GeneratedRegex("(^|/)(?<name>[a-z]+)([-.][a-z]+[-.]?)?[0-9]{2,4}($|[/.])", Options, LimitMs)]
    private static partial Regex NameAndNumber();
}
