using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Local.Stack.Supervision;

/// <summary>One process of the stack: how it is started, asked and stopped.</summary>
/// <param name="Name">Its name in status and logs.</param>
/// <param name="Ports">The ports it listens on, the one it serves on first.</param>
/// <param name="PrepareAsync">Makes ready what it needs on disk and says how it is started; called before every start.</param>
/// <param name="WhyNotReadyAsync">Null when it does its work, else why not, one line.</param>
internal sealed record ComponentSpec(
    string Name,
    IReadOnlyList<int> Ports,
    Func<CancellationToken, Task<Launch>> PrepareAsync,
    Func<CancellationToken, Task<string?>> WhyNotReadyAsync)
{
    /// <summary>Null when the process itself works, even if what it needs does not. A process that is not alive for long is restarted, one that is not ready is not.</summary>
    public Func<CancellationToken, Task<string?>>? WhyNotAliveAsync { get; init; }

    /// <summary>The address whose 2xx means ready; null where there is none.</summary>
    public string? HealthAddress { get; init; }

    /// <summary>The signal that asks it to stop in good order.</summary>
    public int StopSignal { get; init; } = Signals.Term;

    /// <summary>How long a start may take, recovery after a crash included.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromSeconds(120);
}
