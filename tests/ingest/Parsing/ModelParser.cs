using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using KpTelemetry.Ingest.Parsing;
using KpTelemetry.Schemas;

namespace KpTelemetry.Ingest.Tests.Parsing;

/// <summary>What a parser must give of a line; the same of either parser, so that they compare.</summary>
public sealed record ParsedLine(Reason Reason, string Address = "", string User = "", long TimeMs = 0, string Method = "", string Target = "", uint Status = 0, ulong Bytes = 0, string Referrer = "", string Agent = "");

/// <summary>A parser as slow and simple as can be: one regular expression and strings. The rules as README-readers know them.</summary>
internal static partial class ModelParser
{
    private const string Content = """(?:\\.|\\$|"(?!\ |$)|[^"\\])*""";
    private const string Quoted = "\"(?<{0}>" + Content + ")(?:\"(?=\\ |$)|$)";

    private static readonly Regex Form = new(
        """^(?<host>[^\ ]*)\ [^\ ]*\ (?<user>(?:(?!\]\ ").)*)\ \[(?<time>(?:(?!\]\ "|\ \[).)*)\]\ """
        + Quoted.Replace("{0}", "request", StringComparison.Ordinal)
        + """(?<tail>.*)$""",
        RegexOptions.CultureInvariant | RegexOptions.Singleline,
        TimeSpan.FromMinutes(1));

    private static readonly Regex Numbers = new("""^\ (?<status>[0-9]{3})\ (?<size>-|[0-9]{1,18})(?:\ (?<rest>.*))?$""", RegexOptions.CultureInvariant | RegexOptions.Singleline, TimeSpan.FromMinutes(1));

    private static readonly Regex Tail = new(
        "^" + Quoted.Replace("{0}", "referrer", StringComparison.Ordinal) + "\\ " + Quoted.Replace("{0}", "agent", StringComparison.Ordinal),
        RegexOptions.CultureInvariant | RegexOptions.Singleline,
        TimeSpan.FromMinutes(1));

    public static ParsedLine Parse(string line, LogFormat format)
    {
        if (line.Any(c => (c < ' ' && c != '\t') || c == '\x7F'))
            return new(Reason.BinaryData);
        if (Prefix().Match(line) is not { Success: true } prefix || prefix.Groups["host"].Length is 0 or > 255 || prefix.Groups["user"].Length > 255)
            return new(Reason.MalformedLine);
        if (!TryTime(prefix.Groups["time"].Value, out var time))
            return new(Reason.BadTime);
        if (Form.Match(line) is not { Success: true } form || Numbers.Match(form.Groups["tail"].Value) is not { Success: true } numbers)
            return new(Reason.MalformedLine);
        var status = uint.Parse(numbers.Groups["status"].Value, CultureInfo.InvariantCulture);
        status = status == 9 ? 0 : status;
        if (status is > 0 and < 100 or > 599)
            return new(Reason.MalformedLine);
        if (form.Groups["host"].Value == "-")
            return new(Reason.MissingField);
        var size = numbers.Groups["size"].Value is "-" ? 0 : ulong.Parse(numbers.Groups["size"].Value, CultureInfo.InvariantCulture);
        var (method, target) = Split(Resolve(form.Groups["request"].Value));
        var user = form.Groups["user"].Value is "-" or "\"\"" ? "" : Resolve(form.Groups["user"].Value);
        var parsed = new ParsedLine(Reason.None, form.Groups["host"].Value, user, time, method, target, status, size);
        var rest = numbers.Groups["rest"].Value;
        if (format == LogFormat.Common || (format == LogFormat.Auto && rest.Length == 0))
            return parsed;
        return Tail.Match(rest) is { Success: true } tail
            ? parsed with { Referrer = NoDash(tail.Groups["referrer"].Value), Agent = NoDash(tail.Groups["agent"].Value) }
            : new(Reason.MalformedLine);
    }

    [GeneratedRegex("""^(?<host>[^\ ]*)\ [^\ ]*\ (?<user>(?:(?!\]\ ").)*)\ \[(?<time>(?:(?!\]\ "|\ \[).)*)\]\ " """, RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace, 10_000)]
    private static partial Regex Prefix();

    private static string NoDash(string field) => field == "-" ? "" : Resolve(field);

    private static string Resolve(string content) => EscapeForm().Replace(content, escape => escape.Value switch
    {
        "\\\"" => "\"",
        "\\\\" => "\\",
        "\\n" => "\n",
        "\\r" => "\r",
        "\\t" => "\t",
        "\\b" => "\b",
        "\\f" => "\f",
        "\\v" => "\v",
        ['\\', 'x', var high, var low] => ((char)Convert.ToByte($"{high}{low}", 16)).ToString(),
        var other => other,
    });

    [GeneratedRegex("""\\x[0-9A-Fa-f]{2}|\\.""", RegexOptions.CultureInvariant | RegexOptions.Singleline, 10_000)]
    private static partial Regex EscapeForm();

    private static (string Method, string Target) Split(string request)
    {
        var words = request.Split(' ');
        if (words.Length < 2 || words[0].Length == 0 || words[0].Any(c => c is < '!' or > '~'))
            return ("", "");
        var target = words[^1].StartsWith("HTTP/", StringComparison.Ordinal) && words.Length > 2 ? words[1..^1] : words[1..];
        return (words[0], string.Join(' ', target));
    }

    private static bool TryTime(string text, out long milliseconds)
    {
        milliseconds = 0;
        if (text.Length != 26 || !TimeForm().IsMatch(text))
            return false;
        var isLeapSecond = text[18..20] == "60";
        if (!DateTime.TryParseExact(isLeapSecond ? text[..18] + "59" : text[..20], "dd/MMM/yyyy:HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var local))
            return false;
        var zone = new TimeSpan(int.Parse(text.AsSpan(22, 2), CultureInfo.InvariantCulture), int.Parse(text.AsSpan(24, 2), CultureInfo.InvariantCulture), 0);
        if (zone.TotalHours >= 19 || text[24] > '5')
            return false;
        milliseconds = new DateTimeOffset(local, TimeSpan.Zero).ToUnixTimeMilliseconds() + (isLeapSecond ? 1000 : 0) - ((text[21] == '-' ? -1 : 1) * (long)zone.TotalMilliseconds);
        return true;
    }

    [GeneratedRegex("^[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}$", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex TimeForm();
}
