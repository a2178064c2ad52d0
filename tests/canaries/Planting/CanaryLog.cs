using System.Globalization;
using System.Text;

namespace KpTelemetry.Canaries.Tests.Planting;

/// <summary>
/// Writes a log of one day with a canary in each line. Two parts: values that fewer people share than k, in every class,
/// encoding and position; and crowds, in which more than k visitors of as many networks bring the same value, for what has
/// a shape.
/// </summary>
/// <param name="alone">Lines whose value few share.</param>
/// <param name="crowds">Values that a crowd brings; each makes <see cref="CrowdSize"/> lines.</param>
/// <param name="seed">The first value's number, below 10,000.</param>
internal sealed class CanaryLog(int alone, int crowds, int seed)
{
    /// <summary>Visitors who bring the same value: more than k of them vouch.</summary>
    public const int CrowdSize = 16;

    /// <summary>The site's own host.</summary>
    public const string Host = "www.canaries.example.org";

    /// <summary>Under this the site declares a route: what stands behind it is <c>{…}</c>.</summary>
    public const string DeclaredFolder = "/planted-routes";

    /// <summary>The routes that the site declares.</summary>
    public const string DeclaredRoute = $"{DeclaredFolder}/{{…}}/visits";

    /// <summary>A label that must be published, so that a search which finds nothing has searched something.</summary>
    public const string Ordinary = "/planted-for-the-search/vermilion-heron";

    /// <summary>The site's day that all of it is of.</summary>
    public static readonly DateOnly Day = new(2026, 9, 8);

    private const int Visitors = 40_000;
    private const int FirstOfCrowds = 60_000;
    private const int OrdinaryVisits = 60;

    /// <summary>The day's first moment, by the site's clock.</summary>
    public static readonly DateTimeOffset Start = new(2026, 9, 8, 0, 0, 0, TimeSpan.FromHours(-7));

    /// <summary>Agents of browsers.</summary>
    public static readonly string[] Agents =
    [
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    ];

    private static readonly CanaryForm[][] ShapedForms = [.. CanaryForms.All.Where(form => form.HasShape).GroupBy(form => form.Class).Select(forms => forms.ToArray())];
    private static readonly LogPosition[] Lines = [.. LogPositions.OfShortLines];
    private static readonly LogPosition[] LongLines = [.. LogPositions.All.Except(Lines)];
    private static readonly CanaryForm[][] Forms = [.. Enum.GetValues<CanaryClass>().Select(one => CanaryForms.Of[one].ToArray())];

    // A line over 64 KiB costs as much as three hundred others.
    private const int OneLongLineIn = 3000;

    // Some visitors are signed on: what they bring goes to the access record as well.
    private const int OneSignedOnIn = 11;
    private static readonly Canary[] Members = [.. Enumerable.Range(0, 500).Select(n => new Canary(CanaryForms.Of[CanaryClass.Code].First(form => form.Name == "member"), 99_000 + n, Writings.All[0], "user of a line"))];

    private readonly StringBuilder _line = new();

    /// <summary>Crowds after which every class that has a shape has come in every writing at every position.</summary>
    public static int AllCrowds => ShapedForms.Length * Writings.All.Count * Lines.Length;

    /// <summary>The addresses that the lines' clients have.</summary>
    public static IEnumerable<string> Addresses => Enumerable.Range(0, Visitors).Select(CanaryForms.Ip);

    /// <summary>Lines of all parts.</summary>
    public int Length => alone + (crowds * CrowdSize) + OrdinaryVisits;

    /// <summary>Writes the lines; <paramref name="planted"/> is told of each value.</summary>
    public async Task WriteAsync(Stream stream, Action<Canary> planted)
    {
        await using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 20, leaveOpen: true);
        var at = 0;
        foreach (var member in Members)
            planted(member);
        for (var n = 0; n < alone; n++)
        {
            var (canary, position) = Alone(n);
            planted(canary);
            Write(writer, canary, position, n, at++);
        }

        for (var crowd = 0; crowd < crowds; crowd++)
        {
            var (canary, position) = Crowd(crowd);
            planted(canary);
            for (var visitor = 0; visitor < CrowdSize; visitor++)
                Write(writer, canary, position, (visitor * 120) + crowd, at++);
        }

        for (var visit = 0; visit < OrdinaryVisits; visit++)
        {
            var line = NewLine(visit * 120, at++);
            line.Target = Ordinary;
            Write(writer, line);
        }
    }

    // Each class goes through all encodings at each position, and through its forms as it goes.
    private (Canary, LogPosition) Alone(int n)
    {
        var forms = Forms[n % Forms.Length];
        var turn = n / Forms.Length;
        var round = turn / (Writings.All.Count * Lines.Length);
        var position = n % OneLongLineIn == OneLongLineIn - 1 ? LongLines[n / OneLongLineIn % LongLines.Length] : Lines[turn / Writings.All.Count % Lines.Length];
        return (new Canary(forms[(turn + round) % forms.Length], turn + seed, Writings.All[turn % Writings.All.Count], position.Name), position);
    }

    // Position by position; each class goes through all encodings at each position before the next round shifts it, so that
    // all combinations come, and of the first few thousand every pair. Nothing has a common divisor with what it steps over.
    private (Canary, LogPosition) Crowd(int crowd)
    {
        var (turn, at) = (crowd / Lines.Length, crowd % Lines.Length);
        var position = Lines[at];
        var forms = ShapedForms[(turn + (turn / Writings.All.Count) + (2 * at)) % ShapedForms.Length];
        var writing = Writings.All[(turn + at) % Writings.All.Count];
        // Where none has a shape in that writing, the first in plain.
        var candidates = Enumerable.Range(turn + at, forms.Length).Select(n => CanaryOf(forms[n % forms.Length], writing)).Append(CanaryOf(forms[0], Writings.All[0]));
        return (candidates.First(canary => canary.HasShapeAt(position)), position);

        Canary CanaryOf(CanaryForm form, Writing written) => new(form, FirstOfCrowds + crowd + seed, written, $"{position.Name}, of a crowd");
    }

    private void Write(StreamWriter writer, Canary canary, LogPosition position, int visitor, int at)
    {
        var line = NewLine(visitor, at);
        position.Put(line, canary.Sent);
        Write(writer, line);
    }

    private void Write(StreamWriter writer, LogLine line)
    {
        line.WriteTo(_line.Clear());
        writer.Write(_line.Append('\n'));
    }

    private LogLine NewLine(int visitor, int at) => new()
    {
        Address = CanaryForms.Ip(visitor % Visitors),
        User = visitor % OneSignedOnIn == 0 ? Members[visitor / OneSignedOnIn % Members.Length].Sent : "-",
        Agent = Agents[visitor % Agents.Length],
        Time = LogLine.TimeOf(Start.AddMilliseconds((long)at * 86_000_000 / Length)),
        Target = string.Create(CultureInfo.InvariantCulture, $"/care/topic-{(char)('a' + (visitor % 20))}"),
    };
}
