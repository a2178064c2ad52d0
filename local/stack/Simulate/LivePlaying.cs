using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Local.Simulator.Live;

namespace KpTelemetry.Local.Stack.Simulate;

/// <summary>Plays live page views against the running stack.</summary>
internal static class LivePlaying
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(LiveOptions options, CancellationToken cancel)
    {
        var fleet = await PlayAsync(StackInfo.Require().Ingest, options, cancel);
        var count = fleet.Count;
        Console.Error.WriteLine($"{count.Sent} page views taken, {count.Refused} asked for patience, {count.Failed} given up");
        if (count is { Sent: 0, Failed: > 0 })
            throw new KpFailure("ingest took none of the page views", "./kp status shows what runs, ./kp doctor what is wrong");
        return ExitCode.Done;
    }

    /// <summary>Plays until the duration is over or it is cancelled.</summary>
    public static async Task<LiveFleet> PlayAsync(Uri ingest, LiveOptions options, CancellationToken cancel)
    {
        using var http = new HttpClient { Timeout = Patience };
        var fleet = new LiveFleet(http, ingest, options, TimeProvider.System);
        await fleet.PlayAsync(cancel);
        return fleet;
    }
}
