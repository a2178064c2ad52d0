using KpTelemetry.Cli.Importing;
using KpTelemetry.Cli.Ingesting;

namespace KpTelemetry.Cli.Rejected;

/// <summary>What the command line asks for.</summary>
internal sealed record ReplayOptions(string? Site, string? Reason, string Format, bool DryRun);

/// <summary>Sends step by step, and waits until what was sent has been counted and decided upon.</summary>
internal static class RejectedReplay
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(250);

    private sealed record Progress(bool Decided, long Accepted, long Duplicates, Dictionary<string, long> Dropped);

    private sealed record Step(long Usable, Dictionary<string, long> Rejected, long Gone, Guid[] Imports, string? Next);

    public static Task<ReplayResult> RunAsync(IngestClient ingest, ReplayOptions options, bool visible, TimeProvider time, CancellationToken cancel) =>
        ImportScreen.ShowAsync(visible, time, async screen =>
        {
            ingest.Waiting = screen.Wait;
            var (result, imports) = await SendAsync(ingest, options, screen, cancel);
            screen.Begin("counting", 0);
            foreach (var import in imports)
            {
                var progress = await DecidedAsync(ingest, import, time, cancel);
                result = result with { Counted = result.Counted + progress.Accepted, Duplicates = result.Duplicates + progress.Duplicates, Dropped = result.Dropped + progress.Dropped.Values.Sum() };
            }

            return result;
        });

    private static async Task<(ReplayResult Result, HashSet<Guid> Imports)> SendAsync(IngestClient ingest, ReplayOptions options, ImportScreen screen, CancellationToken cancel)
    {
        var (usable, gone, imports, rejected) = (0L, 0L, new HashSet<Guid>(), new Dictionary<string, long>(StringComparer.Ordinal));
        string? after = null;
        do
        {
            screen.Begin($"replaying: {usable} lines so far", 0);
            var step = await ingest.PostAsync<Step>("/v1/rejected/replay", new { options.Site, options.Reason, options.Format, options.DryRun, after }, cancel);
            (usable, gone, after) = (usable + step.Usable, gone + step.Gone, step.Next);
            imports.UnionWith(step.Imports);
            foreach (var (reason, lines) in step.Rejected)
                rejected[reason] = rejected.GetValueOrDefault(reason) + lines;
        }
        while (after is not null);
        return (new ReplayResult(options.DryRun, usable, 0, 0, 0, rejected, gone), imports);
    }

    private static async Task<Progress> DecidedAsync(IngestClient ingest, Guid import, TimeProvider time, CancellationToken cancel)
    {
        while (true)
        {
            var progress = await ingest.GetAsync<Progress>($"/v1/imports/{import}", cancel);
            if (progress.Decided)
                return progress;
            await Task.Delay(AskEvery, time, cancel);
        }
    }
}
