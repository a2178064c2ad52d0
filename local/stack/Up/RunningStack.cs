using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Local.Stack.Composition;
using KpTelemetry.Local.Stack.Homes;
using KpTelemetry.Local.Stack.Supervision;

namespace KpTelemetry.Local.Stack.Up;

/// <summary>The stack's processes from the first start to the last stop, and the run file that tells of them.</summary>
internal sealed class RunningStack : IAsyncDisposable
{
    private readonly Servers servers;
    private readonly Progress progress;
    private readonly TimeProvider time;
    private readonly Probes probes = new();
    private readonly ChildLauncher launcher = new();
    private readonly List<RunningProcess> external;
    private readonly List<List<SupervisedProcess>> stages;
    private readonly Lock gate = new();
    private readonly ProcessIdentity self = ProcessIdentity.Of(Environment.ProcessId)!;
    private bool ready;

    public RunningStack(Servers servers, Progress progress, TimeProvider time)
    {
        (this.servers, this.progress, this.time) = (servers, progress, time);
        var plan = new StackPlan(servers, probes);
        var specs = plan.Stages;
        StackPorts.RequireFree(specs.SelectMany(stage => stage).SelectMany(spec => spec.Ports.Select(port => (spec.Name, port))));
        external = [.. plan.External()];
        stages = [.. specs.Select(stage => stage.Select(spec => new SupervisedProcess(spec, launcher, servers.Home.Logs, time, Publish)).ToList())];
    }

    /// <summary>Where everything is.</summary>
    public Servers Servers => servers;

    /// <summary>Starts stage after stage; completes when everything answers.</summary>
    /// <exception cref="KpFailure">A process does not start.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        Publish();
        foreach (var stage in stages)
        {
            await Task.WhenAll(stage.Select(StartAsync)).WaitAsync(cancel);
        }

        ready = true;
        Publish();
    }

    /// <summary>Completes when it is to stop.</summary>
    /// <exception cref="Exception">A process is no longer watched over.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, time, cancel);
        var first = await Task.WhenAny([stopped, .. stages.SelectMany(stage => stage).Select(process => process.Watching)]);
        if (first != stopped)
        {
            await first;
        }
    }

    /// <summary>Stops the stages in reverse order.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var stage in Enumerable.Reverse(stages))
        {
            await Task.WhenAll(stage.Select(StopAsync));
        }

        File.Delete(servers.Home.RunFile);
        stages.ForEach(stage => stage.ForEach(process => process.Dispose()));
        probes.Dispose();
        launcher.Dispose();
    }

    private async Task StartAsync(SupervisedProcess process)
    {
        var began = time.GetTimestamp();
        await process.StartAsync();
        progress.Tell(process.Now.Name, "ready", time.GetElapsedTime(began));
    }

    private async Task StopAsync(SupervisedProcess process)
    {
        var wasRunning = process.Now.Process is not null;
        var began = time.GetTimestamp();
        await process.StopAsync();
        if (wasRunning)
        {
            progress.Tell(process.Now.Name, "stopped", time.GetElapsedTime(began));
        }
    }

    // The run file serves kp status and other commands: where the disk does not take it, the stack goes on without.
    private void Publish()
    {
        lock (gate)
        {
            try
            {
                Write();
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                progress.Tell("stack", $"its state could not be written: {problem.Message}", TimeSpan.Zero);
            }
        }
    }

    private void Write()
    {
        List<RunningProcess> processes = [.. external, .. (stages ?? []).SelectMany(stage => stage).Select(process => process.Now)];
        new RunFile(
            self,
            servers.Home.PortBase,
            Servers.Address(servers.IngestPort),
            Servers.Address(servers.QueryApiPort),
            servers.ClickHouseAddress,
            servers.Kafka,
            ready,
            processes).Write(servers.Home);
    }
}
