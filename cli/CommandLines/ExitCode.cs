namespace KpTelemetry.Cli.CommandLines;

/// <summary>The exit codes of every <c>kp</c> command.</summary>
public static class ExitCode
{
    /// <summary>What was asked has been done.</summary>
    public const int Done = 0;

    /// <summary>It failed; standard error says why in one line, then gives a hint.</summary>
    public const int Failed = 1;

    /// <summary>The command line was wrong; nothing was tried.</summary>
    public const int WrongUsage = 2;
}
