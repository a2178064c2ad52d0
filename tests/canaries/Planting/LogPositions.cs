namespace KpTelemetry.Canaries.Tests.Planting;

/// <summary>A place of a log's line where a value can stand.</summary>
/// <param name="Name">In words.</param>
/// <param name="MakesLabel">Whether what stands there can become a label that is published.</param>
/// <param name="Put">Puts the value there.</param>
internal sealed record LogPosition(string Name, bool MakesLabel, Action<LogLine, string> Put)
{
    /// <summary>Whether letters lose their case there, as in a host, so that base64 says nothing any more.</summary>
    public bool LosesCase => Name is "referrer, subdomain" or "referrer, host" or "referrer, whole" or "referrer, of an app";
}

/// <summary>Every place of a line where values are planted.</summary>
internal static class LogPositions
{
    private const bool Label = true, Lost = false;

    // As long as the door keeps of a path, of an agent, of a line: the cut goes through the value.
    private const int PathEnds = 2048, AgentEnds = 512, LineEnds = 64 * 1024, SealedEnds = 4096;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<LogPosition> All { get; } =
    [
        new("path, first segment", Label, (line, value) => line.Target = $"/{value}"),
        new("path, second segment", Label, (line, value) => line.Target = $"/patients/{value}"),
        new("path, between segments", Label, (line, value) => line.Target = $"/care/{value}/visits"),
        new("path, sixth segment", Label, (line, value) => line.Target = $"/care/north/team/records/chart/{value}"),
        new("path, twelfth segment", Lost, (line, value) => line.Target = $"/a/b/c/d/e/f/g/h/i/j/k/{value}"),
        new("path, name of a file", Label, (line, value) => line.Target = $"/letters/{value}.html"),
        new("path, behind a word", Label, (line, value) => line.Target = $"/letters/to-{value}"),
        new("path, with slashes and dots", Label, (line, value) => line.Target = $"//x/..//{value}/./"),
        new("path, behind backslashes", Label, (line, value) => line.Target = $"/chart\\{value}\\view"),
        new("path, where it is cut", Lost, (line, value) => line.Target = $"/{Padding(PathEnds - 8)}{value}"),
        new("whole target", Lost, (line, value) => line.Target = value),
        new("query, value", Lost, (line, value) => line.Target = $"/search?q={value}&page=2"),
        new("query, name", Lost, (line, value) => line.Target = $"/search?{value}=1"),
        new("query, encoded mark", Lost, (line, value) => line.Target = $"/search%3Fq={value}"),
        new("query, mark encoded twice", Lost, (line, value) => line.Target = $"/search%253Fq%253D{value}"),
        new("fragment", Lost, (line, value) => line.Target = $"/page#{value}"),
        new("path parameter", Lost, (line, value) => line.Target = $"/chart;patient={value}/view"),
        new("path parameter, encoded mark", Lost, (line, value) => line.Target = $"/chart%3Bpatient={value}/view"),
        new("absolute target, userinfo", Lost, (line, value) => line.Target = $"http://{value}:secret@portal.example.org/home"),
        new("absolute target, host", Lost, (line, value) => line.Target = $"http://{value}.portal.example.org/home"),
        new("method", Lost, (line, value) => line.Method = value),
        new("protocol", Lost, (line, value) => line.Protocol = value),
        new("client's name", Lost, (line, value) => line.Address = value),
        new("ident", Lost, (line, value) => line.Ident = value),
        new("user", Lost, (line, value) => line.User = value),
        new("time", Lost, (line, value) => line.Time = value),
        new("size", Lost, (line, value) => line.Size = value),
        new("referrer, userinfo", Lost, (line, value) => line.Referrer = $"https://{value}@partner.example.net/"),
        new("referrer, subdomain", Label, (line, value) => line.Referrer = $"https://{value}.partner.example.net/"),
        new("referrer, host", Label, (line, value) => line.Referrer = $"http://{value}/"),
        new("referrer, path", Label, (line, value) => line.Referrer = $"https://partner.example.net/patients/{value}"),
        new("referrer, own site's path", Label, (line, value) => line.Referrer = $"https://{CanaryLog.Host}/patients/{value}"),
        new("referrer, query", Lost, (line, value) => line.Referrer = $"https://partner.example.net/?q={value}"),
        new("referrer, fragment", Lost, (line, value) => line.Referrer = $"https://partner.example.net/#{value}"),
        new("referrer, whole", Label, (line, value) => line.Referrer = value),
        new("referrer, of an app", Label, (line, value) => line.Referrer = $"android-app://org.example.{value}/"),
        new("agent, comment", Lost, (line, value) => line.Agent = $"Mozilla/5.0 (X11; Linux x86_64; {value}) Gecko/20100101 Firefox/140.0"),
        new("agent, product", Label, (line, value) => line.Agent = $"{value}/2.1 CFNetwork/1410.0.3 Darwin/22.6.0"),
        new("agent, product behind others", Label, (line, value) => line.Agent = $"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) {value}/99.0 Safari/537.36"),
        new("agent, bot", Label, (line, value) => line.Agent = $"{value}bot/1.0 (+https://example.net/{value})"),
        new("agent, whole", Label, (line, value) => line.Agent = value),
        new("agent, where it is cut", Lost, (line, value) => line.Agent = $"Mozilla/5.0 ({Padding(AgentEnds - 20)}{value})"),
        new("field behind the agent", Lost, (line, value) => line.After = $" \"{value}\" {value}"),
        new("line that breaks off", Lost, (line, value) => (line.User, line.BreaksOff) = (value, true)),
        new("line of another kind", Lost, (line, value) => line.Before = $"ERROR patient {value} not found at "),
        new("line with a control character", Lost, (line, value) => line.After = $" \u0001{value}"),
        new("line that is too long, start", Lost, (line, value) => (line.Referrer, line.After) = (value, Padding(LineEnds))),
        new("line that is too long, end", Lost, (line, value) => line.After = Padding(LineEnds) + value),
        new("line that is too long, where it is cut", Lost, (line, value) => (line.Before, line.After) = (Padding(SealedEnds - 8) + value, Padding(LineEnds))),
        new("line ahead of its time", Lost, (line, value) => (line.Time, line.Target) = ("08/Sep/2099:12:00:00 -0700", $"/patients/{value}")),
    ];

    /// <summary>Those of lines that are as long as lines are.</summary>
    public static IReadOnlyList<LogPosition> OfShortLines { get; } = [.. All.Where(position => !position.Name.StartsWith("line that is too long", StringComparison.Ordinal))];

    private static string Padding(int length) => string.Create(length, 0, (text, _) =>
    {
        for (var i = 0; i < text.Length; i++)
            text[i] = i % 9 == 8 ? '-' : (char)('g' + (i % 7));
    });
}
