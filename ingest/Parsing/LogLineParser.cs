using System.Text.Unicode;
using KpTelemetry.Schemas;

namespace KpTelemetry.Ingest.Parsing;

/// <summary>Parses lines of common and combined logs without allocating. Not thread-safe.</summary>
public sealed class LogLineParser
{
    /// <summary>Longest line that is read, in bytes.</summary>
    public const int MaxLineBytes = 64 * 1024;

    private const int LongestAddress = 255;
    private const int LongestUser = 255;
    private const int LongestSize = 19;

    private readonly byte[] _scratch = new byte[MaxLineBytes];

    /// <summary>
    /// Reads one line, without its line end. <paramref name="result"/> is valid until the next call and only where the
    /// answer is <see cref="Reason.None"/>.
    /// </summary>
    public Reason Parse(ReadOnlySpan<byte> line, LogFormat format, scoped ref LogLine result)
    {
        result = default;
        if (line.Length > MaxLineBytes)
            return Reason.LineTooLong;
        if (!IsText(line))
            return Reason.BinaryData;
        if (line.StartsWith("\uFEFF"u8))
            line = line[3..];
        return ParseFields(line, format, ref result);
    }

    private Reason ParseFields(ReadOnlySpan<byte> rest, LogFormat format, scoped ref LogLine result)
    {
        if (!TryTakeWord(ref rest, out var address) || !TryTakeWord(ref rest, out _) || address.Length is 0 or > LongestAddress)
            return Reason.MalformedLine;
        if (!TryTakeUserAndTime(ref rest, out var user, out var time))
            return Reason.MalformedLine;
        if (!LogTime.TryParse(time, out result.TimeMs))
            return Reason.BadTime;
        if (!Quoted.TryTake(ref rest, out var request) || !TryTakeStatus(ref rest, out result.Status) || !TryTakeSize(ref rest, out result.Bytes))
            return Reason.MalformedLine;
        if (IsDash(address))
            return Reason.MissingField;

        // The fields lie one after the other in the line, so that its length is enough for all of them resolved.
        var scratch = _scratch.AsSpan();
        result.Address = address;
        result.User = IsDash(user) || user.SequenceEqual("\"\""u8) ? default : Resolve(user, ref scratch);
        SplitRequest(Resolve(request, ref scratch), ref result);
        return format == LogFormat.Common || (format == LogFormat.Auto && rest.IsEmpty) ? Reason.None : TakeReferrerAndAgent(rest, scratch, ref result);
    }

    private static Reason TakeReferrerAndAgent(ReadOnlySpan<byte> rest, Span<byte> scratch, scoped ref LogLine result)
    {
        if (rest.IsEmpty || !Quoted.TryTake(ref rest, out var referrer) || rest.IsEmpty)
            return Reason.MalformedLine;
        rest = rest[1..];
        if (!Quoted.TryTake(ref rest, out var agent))
            return Reason.MalformedLine;
        result.Referrer = IsDash(referrer) ? default : Resolve(referrer, ref scratch);
        result.Agent = IsDash(agent) ? default : Resolve(agent, ref scratch);
        return Reason.None;
    }

    private static ReadOnlySpan<byte> Resolve(ReadOnlySpan<byte> content, scoped ref Span<byte> scratch)
    {
        var resolved = Quoted.Resolve(content, scratch);
        if (resolved.Overlaps(scratch))
            scratch = scratch[resolved.Length..];
        return resolved;
    }

    // Tabs are the one control character that people's own formats have.
    private static bool IsText(ReadOnlySpan<byte> line)
    {
        for (var rest = line; ;)
        {
            var control = rest.IndexOfAnyInRange((byte)0, (byte)0x1F);
            if (control < 0)
                return !line.Contains((byte)0x7F) && Utf8.IsValid(line);
            if (rest[control] != '\t')
                return false;
            rest = rest[(control + 1)..];
        }
    }

    private static bool IsDash(ReadOnlySpan<byte> field) => field.Length == 1 && field[0] == '-';

    private static bool TryTakeWord(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> word)
    {
        var end = rest.IndexOf((byte)' ');
        word = end < 0 ? default : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return end >= 0;
    }

    // A user's name may hold spaces and brackets; the time is what stands in brackets before the request's quote.
    private static bool TryTakeUserAndTime(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> user, out ReadOnlySpan<byte> time)
    {
        user = time = default;
        var end = rest.IndexOf("] \""u8);
        if (end < 0)
            return false;
        var start = rest[..end].LastIndexOf(" ["u8);
        if (start < 0 || start > LongestUser)
            return false;
        user = rest[..start];
        time = rest[(start + 2)..end];
        rest = rest[(end + 2)..];
        return true;
    }

    private static bool TryTakeStatus(scoped ref ReadOnlySpan<byte> rest, out uint status)
    {
        status = 0;
        if (rest.Length < 4 || rest[0] != ' ' || rest[1..4].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0)
            return false;
        status = (uint)(((rest[1] - '0') * 100) + ((rest[2] - '0') * 10) + (rest[3] - '0'));
        rest = rest[4..];
        if (status == 9)
            status = 0;
        return status is 0 or (>= 100 and <= 599);
    }

    private static bool TryTakeSize(scoped ref ReadOnlySpan<byte> rest, out ulong size)
    {
        size = 0;
        if (rest.Length < 2 || rest[0] != ' ')
            return false;
        rest = rest[1..];
        var end = rest.IndexOf((byte)' ');
        var text = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        if (IsDash(text))
            return true;
        foreach (var digit in text)
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;
            size = (size * 10) + (ulong)(digit - '0');
        }

        return text.Length is > 0 and < LongestSize;
    }

    // A target may hold spaces that a client did not encode; HTTP/0.9 has no protocol; a request may be empty or no HTTP.
    private static void SplitRequest(ReadOnlySpan<byte> request, scoped ref LogLine result)
    {
        var space = request.IndexOf((byte)' ');
        if (space <= 0 || request[..space].IndexOfAnyExceptInRange((byte)'!', (byte)'~') >= 0)
            return;
        result.Method = request[..space];
        var target = request[(space + 1)..];
        var last = target.LastIndexOf((byte)' ');
        if (last >= 0 && target[(last + 1)..].StartsWith("HTTP/"u8))
            target = target[..last];
        result.Target = target;
    }
}
