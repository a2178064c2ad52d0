using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Local.Stack.Composition;
using KpTelemetry.Local.Stack.Homes;

namespace KpTelemetry.Local.Stack.Up;

/// <summary>Runs a stack from home to end; <c>up</c> and <c>demo</c> differ in what happens once it is ready.</summary>
internal static class StackHost
{
    /// <param name="ephemeral">Whether it runs in a home of its own that ends with it.</param>
    /// <param name="whenReadyAsync">What happens once everything answers; the stack goes on when it returns and stops when it fails.</param>
    /// <param name="time">The clock.</param>
    public static async Task<int> RunAsync(bool ephemeral, Func<RunningStack, CancellationToken, Task> whenReadyAsync, TimeProvider time)
    {
        using var stop = new StopRequest();
        var home = ephemeral ? EphemeralHome.Create() : StackHome.FromEnvironment();
        try
        {
            using var ownership = HomeOwnership.Take(home);
            await using var stack = new RunningStack(Servers.FromEnvironment(home), new Progress(), time);
            await stack.StartAsync(stop.Token);
            var playing = whenReadyAsync(stack, stop.Token);
            var running = stack.RunAsync(stop.Token);
            await await Task.WhenAny(playing, running);
            await running;
            await playing;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            // Asked to stop, and everything has stopped by now.
        }
        finally
        {
            if (ephemeral)
            {
                EphemeralHome.Remove(home);
            }
        }

        return ExitCode.Done;
    }
}
