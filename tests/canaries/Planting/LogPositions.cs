namespace KpTelemetry.Canaries.Tests.Planting;

/// <summary>A place of a log's line where a value can stand.</summary>
/// <param name="Name">In words.</param>
/// <param name="Put">Puts the value there.</param>
internal sealed record LogPosition(string Name, Action<LogLine, string> Put)
{
    /// <summary>Whether letters lose their case there, as in a host, so that base64 says nothing any more.</summary>
    public bool LosesCase => Name is "referrer, subdomain" or "referrer, host" or "referrer, whole" or "referrer, of an app";
}

/// <summary>Every place of a line where values are planted.</summary>
internal static class LogPositions
{
    // As long as the door keeps of a path, of an agent, of a line: the cut goes through the value.
    private const int PathEnds = 2048, AgentEnds = 512, LineEnds = 64 * 1024, SealedEnds = 4096;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<LogPosition> All { get; } =
    [
        new("path, first segment", (line, value) => line.Target = $"/{value}"),
        new("path, second segment", (line, value) => line.Target = $"/patients/{value}"),
        new("path, between segments", (line, value) => line.Target = $"/care/{value}/visits"),
        new("path, sixth segment", (line, value) => line.Target = $"/care/north/team/records/chart/{value}"),
        new("path, twelfth segment", (line, value) => line.Target = $"/a/b/c/d/e/f/g/h/i/j/k/{value}"),
        new("path, name of a file", (line, value) => line.Target = $"/letters/{value}.html"),
        new("path, behind a word", (line, value) => line.Target = $"/letters/to-{value}"),
        new("path, with slashes and dots", (line, value) => line.Target = $"//x/..//{value}/./"),
        new("path, behind backslashes", (line, value) => line.Target = $"/chart\\{value}\\view"),
        new("path, of a declared route", (line, value) => line.Target = $"{CanaryLog.DeclaredFolder}/{value}/visits"),
        new("path, where it is cut", (line, value) => line.Target = $"/{Padding(PathEnds - 8)}{value}"),
        new("whole target", (line, value) => line.Target = value),
        new("query, value", (line, value) => line.Target = $"/search?q={value}&page=2"),
        new("query, campaign", (line, value) => line.Target = $"/care?utm_campaign={value}&utm_source={value}"),
        new("query, name", (line, value) => line.Target = $"/search?{value}=1"),
        new("query, encoded mark", (line, value) => line.Target = $"/search%3Fq={value}"),
        new("query, mark encoded twice", (line, value) => line.Target = $"/search%253Fq%253D{value}"),
        new("fragment", (line, value) => line.Target = $"/page#{value}"),
        new("path parameter", (line, value) => line.Target = $"/chart;patient={value}/view"),
        new("path parameter, encoded mark", (line, value) => line.Target = $"/chart%3Bpatient={value}/view"),
        new("absolute target, userinfo", (line, value) => line.Target = $"http://{value}:secret@portal.example.org/home"),
        new("absolute target, host", (line, value) => line.Target = $"http://{value}.portal.example.org/home"),
        new("method", (line, value) => line.Method = value),
        new("protocol", (line, value) => line.Protocol = value),
        new("client's name", (line, value) => line.Address = value),
        new("ident", (line, value) => line.Ident = value),
        new("user", (line, value) => line.User = value),
        new("time", (line, value) => line.Time = value),
        new("size", (line, value) => line.Size = value),
        new("referrer, userinfo", (line, value) => line.Referrer = $"https://{value}@partner.example.net/"),
        new("referrer, subdomain", (line, value) => line.Referrer = $"https://{value}.partner.example.net/"),
        new("referrer, host", (line, value) => line.Referrer = $"http://{value}/"),
        new("referrer, path", (line, value) => line.Referrer = $"https://partner.example.net/patients/{value}"),
        new("referrer, own site's path", (line, value) => line.Referrer = $"https://{CanaryLog.Host}/patients/{value}"),
        new("referrer, query", (line, value) => line.Referrer = $"https://partner.example.net/?q={value}"),
        new("referrer, fragment", (line, value) => line.Referrer = $"https://partner.example.net/#{value}"),
        new("referrer, whole", (line, value) => line.Referrer = value),
        new("referrer, of an app", (line, value) => line.Referrer = $"android-app://org.example.{value}/"),
        new("agent, comment", (line, value) => line.Agent = $"Mozilla/5.0 (X11; Linux x86_64; {value}) Gecko/20100101 Firefox/140.0"),
        new("agent, product", (line, value) => line.Agent = $"{value}/2.1 CFNetwork/1410.0.3 Darwin/22.6.0"),
        new("agent, product behind others", (line, value) => line.Agent = $"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) {value}/99.0 Safari/537.36"),
        new("agent, bot", (line, value) => line.Agent = $"{value}bot/1.0 (+https://example.net/{value})"),
        new("agent, whole", (line, value) => line.Agent = value),
        new("agent, where it is cut", (line, value) => line.Agent = $"Mozilla/5.0 ({Padding(AgentEnds - 20)}{value})"),
        new("field behind the agent", (line, value) => line.After = $" \"{value}\" {value}"),
        new("line that breaks off", (line, value) => (line.User, line.BreaksOff) = (value, true)),
        new("line of another kind", (line, value) => line.Before = $"ERROR patient {value} not found at "),
        new("line with a control character", (line, value) => line.After = $" \u0001{value}"),
        new("line that is too long, start", (line, value) => (line.Referrer, line.After) = (value, Padding(LineEnds))),
        new("line that is too long, end", (line, value) => line.After = Padding(LineEnds) + value),
        new("line that is too long, where it is cut", (line, value) => (line.Before, line.After) = (Padding(SealedEnds - 8) + value, Padding(LineEnds))),
        new("line ahead of its time", (line, value) => (line.Time, line.Target) = ("08/Sep/2099:12:00:00 -0700", $"/patients/{value}")),
    ];

    /// <summary>Those of lines that are as long as lines are.</summary>
    public static IReadOnlyList<LogPosition> OfShortLines { get; } = [.. All.Where(position => !position.Name.StartsWith("line that is too long", StringComparison.Ordinal))];

    private static string Padding(int length) => string.Create(length, 0, (text, _) =>
    {
        for (var i = 0; i < text.Length; i++)
            text[i] = i % 9 == 8 ? '-' : (char)('g' + (i % 7));
    });
}
