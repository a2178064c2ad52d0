namespace KpTelemetry.Local.ClickHouse.Options;

/// <summary>Every bound of the host, in one place. They suit a machine with two cores and a few GB.</summary>
public static class Limits
{
    /// <summary>Bytes all queries together may take; the engine refuses what would pass it.</summary>
    public const long ServerMemory = 1_000_000_000;

    /// <summary>Bytes one query may take.</summary>
    public const long QueryMemory = 700_000_000;

    /// <summary>Statements that run at once.</summary>
    public const int RunningStatements = 12;

    /// <summary>Statements that wait for their turn; one more is answered 503.</summary>
    public const int WaitingStatements = 100;

    /// <summary>How long a statement waits for its turn before it is answered 503.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of a statement without the data of an insert, unless <c>max_query_size</c> says otherwise.</summary>
    public const int StatementBytes = 262_144;

    /// <summary>The largest <c>max_query_size</c> that is granted.</summary>
    public const int LargestStatementBytes = 16 * 1024 * 1024;

    /// <summary>Bytes of a result held back, so that an error up to there still has its status.</summary>
    public const int HeldBackBytes = 1024 * 1024;

    /// <summary>Bytes handed to the engine at once. Its queue holds sixteen such pieces.</summary>
    public const int InsertPieceBytes = 256 * 1024;

    /// <summary>Bytes of a request line, the query in the URL included.</summary>
    public const int RequestLineBytes = 1024 * 1024;

    /// <summary>How long running statements have after a signal to stop.</summary>
    public static readonly TimeSpan Drain = TimeSpan.FromSeconds(3);

    /// <summary>How long after a signal the process waits for requests before it closes the engine regardless.</summary>
    public static readonly TimeSpan Stop = TimeSpan.FromSeconds(5);
}
