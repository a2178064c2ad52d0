using System.ComponentModel;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Local.Stack.Supervision;

/// <summary>Keeps one process of the stack running: starts it, watches it, starts it again when it ends, stops it.</summary>
internal sealed class SupervisedProcess : IDisposable
{
    private const int StartsBeforeGivingUp = 3;
    private static readonly TimeSpan StartPoll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan WatchPoll = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HungAfter = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    private readonly ComponentSpec spec;
    private readonly ChildLauncher launcher;
    private readonly TimeProvider time;
    private readonly Action changed;
    private readonly RotatingLog log;
    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource firstReady = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SupervisedProcess(ComponentSpec spec, ChildLauncher launcher, string logs, TimeProvider time, Action changed)
    {
        (this.spec, this.launcher, this.time, this.changed) = (spec, launcher, time, changed);
        log = new RotatingLog(Path.Combine(logs, spec.Name + ".log"));
        Now = new RunningProcess(spec.Name, ProcessState.Stopped, spec.Ports[0], spec.HealthAddress, null, null, 0, "");
    }

    /// <summary>What is known of it.</summary>
    public RunningProcess Now { get; private set; }

    /// <summary>Faults where watching over the process failed, which leaves it unsupervised; else completes when it is stopped.</summary>
    public Task Watching { get; private set; } = Task.CompletedTask;

    /// <summary>Starts it. Completes when it is ready for the first time.</summary>
    /// <exception cref="KpFailure">It ended or did not get ready, three times in a row.</exception>
    public async Task StartAsync()
    {
        Watching = Task.Run(RunAsync);
        await await Task.WhenAny(firstReady.Task, Watching);
        await firstReady.Task;
    }

    /// <summary>Stops it and ends the watching.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await Watching;
    }

    public void Dispose()
    {
        stopping.Dispose();
        log.Dispose();
    }

    private async Task RunAsync()
    {
        var backOff = new BackOff();
        for (var starts = 1; !stopping.IsCancellationRequested; starts++)
        {
            var began = time.GetTimestamp();
            var why = await RunOnceAsync();
            if (stopping.IsCancellationRequested)
            {
                break;
            }

            if (!firstReady.Task.IsCompleted && starts == StartsBeforeGivingUp)
            {
                Change(Now with { State = ProcessState.Stopped, Process = null, Detail = why });
                firstReady.SetException(new KpFailure($"{spec.Name} does not start: {why}", $"./kp logs {spec.Name} shows more; ./kp doctor looks for a cause"));
                return;
            }

            Change(Now with { State = ProcessState.BackingOff, Process = null, Restarts = Now.Restarts + 1, Detail = why });
            await Task.Delay(backOff.After(time.GetElapsedTime(began)), time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Change(Now with { State = ProcessState.Stopped, Process = null, StartedAt = null, Detail = "" });
        firstReady.TrySetCanceled();
    }

    /// <summary>One life of the process. Returns why it ended.</summary>
    private async Task<string> RunOnceAsync()
    {
        try
        {
            var launch = await spec.PrepareAsync(stopping.Token);
            log.Note($"starting {spec.Name}", time.GetUtcNow());
            await using var child = await launcher.StartAsync(launch, log);
            Change(Now with { State = ProcessState.Starting, Process = child.Identity, StartedAt = time.GetUtcNow(), Detail = "" });
            return await AccompanyAsync(child);
        }
        catch (Exception exception) when (exception is Win32Exception or KpFailure or IOException)
        {
            return exception.Message;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return "stopped";
        }
    }

    private async Task<string> AccompanyAsync(Child child)
    {
        try
        {
            return await ReachReadinessAsync(child) ?? await WatchAsync(child);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await child.StopAsync(spec.StopSignal, StopPatience, time);
            return "stopped";
        }
    }

    /// <summary>Null when it is ready, else why it never was.</summary>
    private async Task<string?> ReachReadinessAsync(Child child)
    {
        var began = time.GetTimestamp();
        while (await spec.WhyNotReadyAsync(stopping.Token) is { } why)
        {
            if (child.Exited.IsCompleted)
            {
                return await ExplainAsync(child);
            }

            if (time.GetElapsedTime(began) > spec.StartLimit)
            {
                child.Kill();
                return $"not ready after {spec.StartLimit.TotalSeconds:0} s: {why}";
            }

            if (why != Now.Detail)
            {
                Change(Now with { Detail = why });
            }

            await Task.WhenAny(child.Exited, Task.Delay(StartPoll, time, stopping.Token));
            stopping.Token.ThrowIfCancellationRequested();
        }

        Change(Now with { State = ProcessState.Ready, Detail = "" });
        firstReady.TrySetResult();
        return null;
    }

    /// <summary>Watches it until it ends, hangs or is to stop. Returns why it ended.</summary>
    private async Task<string> WatchAsync(Child child)
    {
        var lastAlive = time.GetTimestamp();
        while (true)
        {
            await Task.WhenAny(child.Exited, Task.Delay(WatchPoll, time, stopping.Token));
            stopping.Token.ThrowIfCancellationRequested();
            if (child.Exited.IsCompleted)
            {
                return await ExplainAsync(child);
            }

            var why = await spec.WhyNotReadyAsync(stopping.Token);
            if (why is null || (spec.WhyNotAliveAsync is { } alive && await alive(stopping.Token) is null))
            {
                lastAlive = time.GetTimestamp();
            }

            if (time.GetElapsedTime(lastAlive) > HungAfter)
            {
                return $"killed, since it has not answered for {HungAfter.TotalSeconds:0} s";
            }

            var state = why is null ? ProcessState.Ready : ProcessState.Unready;
            if (Now.State != state || Now.Detail != (why ?? ""))
            {
                Change(Now with { State = state, Detail = why ?? "" });
            }
        }
    }

    private async Task<string> ExplainAsync(Child child)
    {
        var code = await child.Exited;
        return log.LastReason() is { } reason ? $"{reason} (exit code {code})" : $"ended with exit code {code}";
    }

    private void Change(RunningProcess next)
    {
        Now = next;
        changed();
    }
}
