namespace KpTelemetry.Cli.CommandLines;

/// <summary>Prints what went wrong: one line with the reason, one with a hint, both to standard error.</summary>
public static class Errors
{
    /// <summary>Whether the person debugs <c>kp</c> itself and wants exceptions whole.</summary>
    public static bool WantsDetail => Environment.GetEnvironmentVariable("KP_DEBUG") is "1";

    /// <summary>Prints the two lines; line ends inside them become spaces, so that two lines stay two.</summary>
    public static void Print(string reason, string hint)
    {
        Console.Error.WriteLine($"kp: {OneLine(reason)}");
        Console.Error.WriteLine($"    {OneLine(hint)}");
    }

    private static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
