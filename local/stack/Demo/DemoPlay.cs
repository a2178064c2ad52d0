using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Local.Simulator.Live;
using KpTelemetry.Local.Stack.Composition;
using KpTelemetry.Local.Stack.Simulate;
using KpTelemetry.Local.Stack.Up;

namespace KpTelemetry.Local.Stack.Demo;

/// <summary>What the demo plays once the stack answers: history beside live traffic, then live traffic alone.</summary>
internal static class DemoPlay
{
    /// <summary>Plays until it is cancelled.</summary>
    public static async Task RunAsync(RunningStack stack, Progress progress, TimeProvider time, CancellationToken cancel)
    {
        var ingest = new Uri(Servers.Address(stack.Servers.IngestPort));
        // A second demo on the same data has other people than the first.
        var seed = (ulong)time.GetUtcNow().ToUnixTimeSeconds();
        var live = LivePlaying.PlayAsync(ingest, new LiveOptions(LiveOptions.StandardRate, Duration: null, seed, LiveOptions.StandardSites), cancel);
        try
        {
            await new HistoryImport(stack.Servers.Home, progress, time).PlayAsync(cancel);
            progress.Say("live        traffic until Ctrl-C");
        }
        catch (KpFailure failure)
        {
            // The stack is whole without its history: what is shown and the live traffic go on.
            Errors.Print(failure.Message, failure.Hint);
        }

        await live;
    }
}
