namespace KpTelemetry.Ingest.Parsing;

/// <summary>Reads the time of common and combined lines: <c>17/May/2015:10:05:03 +0000</c>.</summary>
public static class LogTime
{
    /// <summary>Bytes of the time's text.</summary>
    public const int Length = 26;

    private const string Months = "JanFebMarAprMayJunJulAugSepOctNovDec";

    /// <summary>Milliseconds of Unix time; false where the text is no time. A leap second (:60) is the next minute's first.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long milliseconds)
    {
        milliseconds = 0;
        if (text.Length != Length || text[2] != '/' || text[6] != '/' || text[11] != ':' || text[14] != ':' || text[17] != ':' || text[20] != ' ' || text[21] is not ((byte)'+' or (byte)'-'))
            return false;
        var month = Month(text.Slice(3, 3));
        if (!TryNumber(text[..2], out var day) || !TryNumber(text.Slice(7, 4), out var year) || !TryNumber(text.Slice(12, 2), out var hour)
            || !TryNumber(text.Slice(15, 2), out var minute) || !TryNumber(text.Slice(18, 2), out var second)
            || !TryNumber(text.Slice(22, 2), out var zoneHours) || !TryNumber(text.Slice(24, 2), out var zoneMinutes))
            return false;
        if (month == 0 || year == 0 || day == 0 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 60 || zoneHours > 18 || zoneMinutes > 59)
            return false;

        var zone = ((zoneHours * 60L) + zoneMinutes) * 60;
        var local = (DaysSinceEpoch(year, month, day) * 86_400) + (hour * 3600L) + (minute * 60L) + second;
        milliseconds = 1000 * (local - (text[21] == '-' ? -zone : zone));
        return true;
    }

    private static int Month(ReadOnlySpan<byte> name)
    {
        for (var month = 0; month < 12; month++)
        {
            if (name[0] == Months[month * 3] && name[1] == Months[(month * 3) + 1] && name[2] == Months[(month * 3) + 2])
                return month + 1;
        }

        return 0;
    }

    private static bool TryNumber(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;
            number = (number * 10) + (digit - '0');
        }

        return true;
    }

    // Years begin in March, so that the leap day comes last.
    private static long DaysSinceEpoch(int year, int month, int day)
    {
        long shifted = month <= 2 ? year - 1 : year;
        var era = shifted / 400;
        var yearOfEra = shifted - (era * 400);
        var dayOfYear = (((153 * (month + (month > 2 ? -3 : 9))) + 2) / 5) + day - 1;
        return (era * 146_097) + (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear - 719_468;
    }
}
