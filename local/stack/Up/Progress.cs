using System.Globalization;

namespace KpTelemetry.Local.Stack.Up;

/// <summary>Tells on standard error how starting and stopping goes.</summary>
internal sealed class Progress
{
    /// <summary>One line about one process.</summary>
    public void Tell(string name, string what, TimeSpan took) =>
        Say(string.Create(CultureInfo.InvariantCulture, $"{name,-12}{what,-8}{took.TotalSeconds,6:0.0} s"));

    /// <summary>One line.</summary>
    public void Say(string line)
    {
        try
        {
            Console.Error.WriteLine(line);
        }
        catch (IOException)
        {
            // The terminal is gone (SIGHUP): nobody reads, and stopping must go on.
        }
    }
}
