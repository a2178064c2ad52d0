using System.Text.RegularExpressions;

namespace KpTelemetry.Privacy.Detecting;

/// <summary>Dates but the year, and ages over 89.</summary>
internal static partial class DetectDates
{
    private const RegexOptions Options = RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant;

    // Labels are short and no pattern repeats a repetition: the limit is for a pattern that would.
    private const int LimitMs = 10_000;
    private const string Day = "(0?[1-9]|[12][0-9]|3[01])";
    private const string Month = "(0?[1-9]|1[0-2])";
    private const string Year = "(19|20)[0-9]{2}";
    private const string MonthName = "(jan|january|feb|february|mar|march|apr|april|may|june?|july?|aug|august|sept?|september|oct|october|nov|november|dec|december|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|ene|abr|ago|dic|janvier|f[eé]vrier|avril|mai|juin|juillet|ao[uû]t|d[eé]cembre|fevereiro|mar[cç]o|maio|junho|julho|setembro|outubro|dezembro|m[aä]rz|juni|juli|oktober|dezember|hunyo|hulyo|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|augustus|марта?|мар|янв(ар[ья])?|фев(рал[ья])?|апр(ел[ья])?|ма[йя]|ию[нл][ья]?|авг(уста?)?|сен(т|тябр[ья])?|окт(ябр[ья])?|ноя(бр[ья])?|дек(абр[ья])?)";
    private const string Roman = "(i{1,3}|iv|vi{0,3}|ix|xi{0,2})";
    private const string Week = "(0[1-9]|[1-4][0-9]|5[0-3])";
    private const string EarlyYear = "(19[0-8][0-9]|199[0-4])";

    public static bool Date(string text) =>
        YearFirst().IsMatch(text) || YearLast().IsMatch(text) || IsCompact(text) || DayAndName().IsMatch(text) || NameAndDay().IsMatch(text)
        || NameAndSegments().IsMatch(text) || ShortYear().IsMatch(text) || MonthOfYear().IsMatch(text) || OfWeek().IsMatch(text) || OfBirth().IsMatch(text) || Age().IsMatch(text);

    // A version by date at the end of a file's name, from 1995 on, is what the rules let through.
    private static bool IsCompact(string text) =>
        CompactYearFirst().Match(text) is { Success: true } match && !(VersionByDate().IsMatch(text) && !Compact().IsMatch(text[..match.Index]))
        || CompactYearLast().IsMatch(text);

    [GeneratedRegex($"(^|[^0-9]){Year}[-.]{Month}[-.]{Day}($|[^0-9])", Options, LimitMs)]
    private static partial Regex YearFirst();

    [GeneratedRegex($"(^|[^0-9]){Day}([-./]){Day}([-./]){Year}($|[^0-9])", Options, LimitMs)]
    private static partial Regex YearLast();

    [GeneratedRegex("(^|[^0-9])(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])($|[^0-9])", Options, LimitMs)]
    private static partial Regex CompactYearFirst();

    [GeneratedRegex("(^|[^0-9])(0[1-9]|[12][0-9]|3[01])(0[1-9]|[12][0-9]|3[01])(19|20)[0-9]{2}($|[^0-9])", Options, LimitMs)]
    private static partial Regex CompactYearLast();

    [GeneratedRegex("[0-9]{8}", Options, LimitMs)]
    private static partial Regex Compact();

    [GeneratedRegex("[a-z][^/]*[^0-9a-z/](199[5-9]|20[0-9]{2})[0-9]{4}[.][a-z]{1,5}$", Options, LimitMs)]
    private static partial Regex VersionByDate();

    [GeneratedRegex($"(?<!{MonthName}-)(?<=^|[^a-z0-9]){Day}(st|nd|rd|th)?-?(of-|de-)?{MonthName},?-?(de-|del-)?((19|20)[0-9]{{2}}|[0-9]{{2}})($|[^0-9])", Options, LimitMs)]
    private static partial Regex DayAndName();

    [GeneratedRegex($"(^|[^a-z])[a-z]?{MonthName}[-.]?{Day}(st|nd|rd|th)?,?-?{Year}($|[^0-9])", Options, LimitMs)]
    private static partial Regex NameAndDay();

    // Over segments, where what is published has its own year first, from 1995 on.
    [GeneratedRegex($"(^|/)19([0-8][0-9]|9[0-4])[-/.]({MonthName}|{Month})[-/.]{Day}($|[^0-9])|(^|[^0-9]){Day}/{MonthName}/{Year}($|[^0-9])|(^|[^a-z]){MonthName}/{Day}/{Year}($|[^0-9])|{Year}-{MonthName}-{Day}($|[^0-9])", Options, LimitMs)]
    private static partial Regex NameAndSegments();

    // Versions have three numbers too, apache-2.4.57: with dots a date is all of a segment, or has a part with a leading zero.
    [GeneratedRegex($"(^|[^0-9.])({Day}-{Month}|{Month}-{Day})-(3[2-9]|[4-9][0-9])($|[^0-9.])|(^|/)([0-3][0-9][.][01][0-9]|[01][0-9][.][0-3][0-9])[.](3[2-9]|[4-9][0-9])($|/)|(^|[^0-9.])(0[1-9][.]{Day}|{Day}[.]0[1-9])[.](3[2-9]|[4-9][0-9])($|[^0-9.])|(^|[^0-9.])[4-9][0-9]-{Month}-{Day}($|[^0-9.])", Options, LimitMs)]
    private static partial Regex ShortYear();

    // Of a year from before sites. With a Roman number for the month it is a date of any year.
    [GeneratedRegex($"(^|/)({EarlyYear}[-./]?{MonthName}|{MonthName}[-./]?(de-)?{EarlyYear}|{EarlyYear}[-./](0[1-9]|1[0-2])|(0[1-9]|1[0-2])[-./]{EarlyYear}|{MonthName}-?(3[2-9]|[4-8][0-9]|9[0-4]))($|/|[.]html?$)|(^|[^a-z0-9]){Day}([-./]){Roman}([-./]){Year}($|[^0-9])|(^|[^0-9]){Year}[-.]{Roman}[-.]{Day}($|[^0-9])", Options, LimitMs)]
    private static partial Regex MonthOfYear();

    [GeneratedRegex($"(^|[^0-9]){Year}-?w{Week}-?[1-7]($|[^0-9a-z])|(^|/)({EarlyYear}[-/]?w(eek-)?{Week}|w{Week}[-/]?{EarlyYear})($|/)", Options, LimitMs)]
    private static partial Regex OfWeek();

    [GeneratedRegex($"(dob|birth-?date|date-?of-?birth)[-/=:.]?(?!(19|20)[0-9]{{2}}($|[^0-9]))[0-9]|(^|[^a-z])(dob|born|birthday|admitted|discharged|died)[-/]({MonthName}[-/]{Day}|{Day}[-/]{MonthName}|{MonthName}-{Year}|{Year}-{Month})($|[^0-9a-z])", Options, LimitMs)]
    private static partial Regex OfBirth();

    [GeneratedRegex("(^|[^a-z])aged?[-/]?((is|of)-)?(9[0-9]|1[0-2][0-9])($|/)|(^|[^0-9])(9[0-9]|1[0-2][0-9])-?((years?|yrs?)-?old|yo|yrs|(a[nñ]os|jahre)-(de-edad|alt))($|[^a-z])|(^|/|-de-)(9[0-9]|1[0-2][0-9])-?(a[nñ]os|ans|лет)($|/)", Options, LimitMs)]
    private static partial Regex Age();
}
