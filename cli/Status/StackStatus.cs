using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Cli.Status;

/// <summary>What runs, at one moment.</summary>
/// <param name="Running">Whether a supervisor runs for this home.</param>
/// <param name="Ready">Whether every process answers as ready.</param>
/// <param name="Home">The home asked for.</param>
/// <param name="PortBase">The first of the stack's ports; null where nothing runs.</param>
/// <param name="Ingest">Where ingest answers.</param>
/// <param name="QueryApi">Where the query API and the dashboards answer.</param>
/// <param name="MemoryBytes">Resident memory of all processes, the supervisor's included.</param>
/// <param name="Processes">One entry per process, in the order in which they start.</param>
public sealed record StackStatus(
    bool Running,
    bool Ready,
    string Home,
    int? PortBase,
    string? Ingest,
    string? QueryApi,
    long MemoryBytes,
    IReadOnlyList<ProcessStatus> Processes)
{
    /// <summary>Reads the run file's processes and asks each one for its health.</summary>
    public static async Task<StackStatus> TakeAsync(StackHome home, RunFile? file, TimeProvider time, CancellationToken cancel)
    {
        if (file is null)
        {
            return new StackStatus(false, false, home.Directory, null, null, null, 0, []);
        }

        using var probe = new HealthProbe();
        var processes = await Task.WhenAll(file.Processes.Select(process => ProcessStatus.TakeAsync(process, probe, time, cancel)));
        var own = file.Supervisor.ResidentBytes() ?? 0;
        return new StackStatus(
            Running: true,
            Ready: file.Ready && processes.All(process => process.State is ProcessState.Ready or ProcessState.External),
            home.Directory,
            file.PortBase,
            file.Ingest,
            file.QueryApi,
            own + processes.Sum(process => process.MemoryBytes ?? 0),
            processes);
    }
}

/// <summary>One process, at one moment.</summary>
/// <param name="Name">Its name, as <c>kp logs</c> takes it.</param>
/// <param name="State">What the supervisor and its own health endpoint say.</param>
/// <param name="Port">The port it serves on.</param>
/// <param name="Pid">Its process id; null while none runs.</param>
/// <param name="MemoryBytes">Resident memory of it and of the processes it started.</param>
/// <param name="UptimeSeconds">Seconds since it was started.</param>
/// <param name="Restarts">How often it was started again since the stack came up.</param>
/// <param name="Health">Its health in words.</param>
public sealed record ProcessStatus(
    string Name,
    ProcessState State,
    int? Port,
    int? Pid,
    long? MemoryBytes,
    double? UptimeSeconds,
    int Restarts,
    string Health)
{
    internal static async Task<ProcessStatus> TakeAsync(RunningProcess process, HealthProbe probe, TimeProvider time, CancellationToken cancel)
    {
        var (state, health) = (process.State, process.Detail);
        if (process is { State: ProcessState.Ready or ProcessState.Unready, Health: not null })
        {
            (var answered, health) = await probe.AskAsync(process.Health, cancel);
            state = answered ? ProcessState.Ready : ProcessState.Unready;
        }

        return new ProcessStatus(
            process.Name,
            state,
            process.Port,
            process.Process?.Pid,
            process.Process is { } identity ? ProcessTree.ResidentBytes(identity) : null,
            process.StartedAt is { } since ? Math.Round((time.GetUtcNow() - since).TotalSeconds, 1) : null,
            process.Restarts,
            health.Length > 0 ? health : state == ProcessState.Ready ? "answers" : "");
    }
}
