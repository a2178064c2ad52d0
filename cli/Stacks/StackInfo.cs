using KpTelemetry.Cli.CommandLines;

namespace KpTelemetry.Cli.Stacks;

/// <summary>The running stack that a command speaks to.</summary>
/// <param name="Home">Where it keeps its data.</param>
/// <param name="Ingest">Where ingest answers.</param>
/// <param name="QueryApi">Where the query API answers.</param>
/// <param name="ClickHouse">Where ClickHouse answers.</param>
/// <param name="Kafka">HOST:PORT of the broker.</param>
public sealed record StackInfo(StackHome Home, Uri Ingest, Uri QueryApi, Uri ClickHouse, string Kafka)
{
    /// <summary>Finds the stack of KP_HOME by its run file.</summary>
    /// <exception cref="KpFailure">No stack runs there.</exception>
    public static StackInfo Require()
    {
        var home = StackHome.FromEnvironment();
        var file = RunFile.ReadLive(home) ?? throw NotRunning(home);
        return new StackInfo(home, new Uri(file.Ingest), new Uri(file.QueryApi), new Uri(file.ClickHouse), file.Kafka);
    }

    /// <summary>What is said where a command needs a stack and none runs.</summary>
    public static KpFailure NotRunning(StackHome home) =>
        new($"no stack is running with the home {home.Directory}", "start one with ./kp demo or ./kp up, or name another home with KP_HOME");
}
