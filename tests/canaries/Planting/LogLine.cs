using System.Globalization;
using System.Text;

namespace KpTelemetry.Canaries.Tests.Planting;

/// <summary>The fields of a line of a combined log, as a server would write them.</summary>
internal sealed class LogLine
{
    public string Address = "-";
    public string Ident = "-";
    public string User = "-";
    public string Time = "";
    public string Method = "GET";
    public string Target = "/";
    public string Protocol = "HTTP/1.1";
    public string Size = "5120";
    public string Referrer = "-";
    public string Agent = "-";

    /// <summary>What follows the agent; and what stands before the line.</summary>
    public string After = "", Before = "";

    /// <summary>Whether the line breaks off before its request, as of a server that was killed.</summary>
    public bool BreaksOff;

    /// <summary>A moment as common logs have it.</summary>
    public static string TimeOf(DateTimeOffset moment) =>
        moment.ToString("dd/MMM/yyyy:HH:mm:ss ", CultureInfo.InvariantCulture) + moment.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);

    public void WriteTo(StringBuilder line)
    {
        line.Append(Before).Append(Word(Address)).Append(' ').Append(Word(Ident)).Append(' ').Append(User).Append(" [").Append(Time).Append("] ");
        if (BreaksOff)
            return;
        line.Append('"');
        Quote(line, Method);
        line.Append(' ');
        Quote(line, Target);
        line.Append(' ');
        Quote(line, Protocol);
        line.Append("\" 200 ").Append(Size).Append(" \"");
        Quote(line, Referrer);
        line.Append("\" \"");
        Quote(line, Agent);
        line.Append('"').Append(After);
    }

    // A space would end the field.
    private static string Word(string text) => text.Replace(' ', '_');

    private static void Quote(StringBuilder line, string text)
    {
        foreach (var character in text)
        {
            if (character is '"' or '\\')
                line.Append('\\');
            line.Append(character);
        }
    }
}
