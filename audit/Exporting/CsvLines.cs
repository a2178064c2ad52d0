using System.Globalization;
using KpTelemetry.Audit.ReadingRecord;

namespace KpTelemetry.Audit.Exporting;

/// <summary>Entries as CSV (RFC 4180), for people who look at them in a spreadsheet. What exactly staff asked for, which may name anybody, is left out.</summary>
public static class CsvLines
{
    /// <summary>The media type.</summary>
    public const string MediaType = "text/csv";

    private const string Signs = "=+-@＝＋－＠";
    private static readonly char[] Quoted = [',', '"', '\r', '\n'];

    /// <summary>The first line: the names of the columns.</summary>
    public static string Header { get; } = "index,kind,at,recorded_at,who,handle,user,outcome,channel,origin,site,cause,resource,role,purpose,case,correlation,revision,key,actor,lines,verdict\r\n";

    /// <summary>One line.</summary>
    public static string Of(RecordLine line) => string.Join(
        ',',
        new[]
        {
            line.Index.ToString(CultureInfo.InvariantCulture), line.Kind, Time(line.At), Time(line.RecordedAt), line.Who, line.Handle.ToString(), line.User, line.Outcome, line.Channel,
            line.Origin, line.Site, line.Cause, line.Resource, line.Role, line.Purpose, line.Case, line.Correlation, line.Revision, line.Key, line.Actor, line.Lines?.ToString(CultureInfo.InvariantCulture), line.Verdict,
        }.Select(Field)) + "\r\n";

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    // A spreadsheet runs what begins like a formula, with blanks before it and in wide letters too, and a case or an account may be called anything.
    private static bool BeginsAFormula(string text) => text[0] is '\t' or '\r' or '\n' || (text.AsSpan().TrimStart() is [var first, ..] && Signs.Contains(first));

    private static string Field(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return string.Empty;
        var safe = BeginsAFormula(text) ? $"'{text}" : text;
        return safe.IndexOfAny(Quoted) < 0 ? safe : $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
