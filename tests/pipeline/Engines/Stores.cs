using KpTelemetry.Processors.Blocks;

namespace KpTelemetry.Pipeline.Tests.Engines;

/// <summary>The process ends here.</summary>
internal sealed class CrashException : Exception;

/// <summary>The real stores, with what a test wants done before and after each step.</summary>
internal sealed class WatchedStores(Bench bench, Func<string, Task> before, Func<string, Task> after) : IBlockLedger, IBlockStore
{
    /// <summary>Crashes once, before or after the n-th step of that name.</summary>
    public static WatchedStores CrashingAt(Bench bench, string step, bool afterwards, int nth)
    {
        var count = 0;
        return new WatchedStores(bench, at => MaybeCrash(at, isAfter: false), at => MaybeCrash(at, isAfter: true));

        Task MaybeCrash(string at, bool isAfter) => at == step && isAfter == afterwards && ++count == nth ? throw new CrashException() : Task.CompletedTask;
    }

    /// <summary>Crashes before or after the first step of that name of a block that a rebuild adds; what it folds has no intent.</summary>
    public static WatchedStores CrashingInAddition(Bench bench, string step, bool afterwards)
    {
        var hasBegun = false;
        return new WatchedStores(bench, at => MaybeCrash(at, isAfter: false), at => MaybeCrash(at, isAfter: true));

        Task MaybeCrash(string at, bool isAfter)
        {
            hasBegun |= at == "begin";
            return hasBegun && at == step && isAfter == afterwards ? throw new CrashException() : Task.CompletedTask;
        }
    }

    public Task<BlockPosition> BeginAsync(Block block, CancellationToken cancellation) => Step("begin", () => bench.Ledger.BeginAsync(block, cancellation));

    public Task<BlockPosition> RenewAsync(Block block, CancellationToken cancellation) => Step("renew", () => bench.Ledger.RenewAsync(block, cancellation));

    public Task<BlockPosition> FinishAsync(Block block, long attempt, CancellationToken cancellation) => Step("finish", () => bench.Ledger.FinishAsync(block, attempt, cancellation));

    public Task<bool> SettleAsync(long attempt, CancellationToken cancellation) => Step("settle", () => bench.Pending.SettleAsync(attempt, cancellation));

    public Task InsertAsync(Block block, long attempt, CancellationToken cancellation) => Step("insert", async () =>
    {
        await bench.Pending.InsertAsync(block, attempt, cancellation);
        return true;
    });

    private async Task<T> Step<T>(string name, Func<Task<T>> step)
    {
        await before(name);
        var result = await step();
        await after(name);
        return result;
    }
}
