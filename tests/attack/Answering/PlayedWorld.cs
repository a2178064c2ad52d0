using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Processors.Publishing;
using KpTelemetry.Release.Tests.Publishing;

namespace KpTelemetry.Attack.Tests.Answering;

/// <summary>Plays a world to the publisher on its databases: blocks as they come, closes, late files and ends of imports.</summary>
internal sealed class PlayedWorld(World world, Site site) : IDisposable
{
    private readonly SettableClock _clock = new();
    private PublisherService? _publisher;
    private long _played;

    /// <summary>The moments at which something can be read, once everything that can be published is.</summary>
    public async IAsyncEnumerable<string> MomentsAsync()
    {
        _publisher = site.Publisher(_clock);
        foreach (var plan in world.Days)
        {
            _clock.Now = new DateTimeOffset(plan.Day, new TimeOnly(12, 0), TimeSpan.Zero).AddDays(plan.IsStepping ? 0 : 1);
            yield return await PlayAsync($"during {plan.Day:yyyy-MM-dd}", through: (_played + plan.CloseAfter + 1) / 2);
            yield return await PlayAsync($"before the close of {plan.Day:yyyy-MM-dd}", plan.CloseAfter);
            await site.CloseAsync(plan.Day);
            yield return await PlayAsync($"at the close of {plan.Day:yyyy-MM-dd}", plan.CloseAfter);
            foreach (var late in plan.SettleAfter)
            {
                // What is late is there before it is settled: refreshing in between tells nothing of it.
                await PlayAsync("", late);
                await site.EndImportAsync();
                yield return await PlayAsync($"after late data through block {late}", late);
            }
        }
    }

    /// <summary>Every day through the end of January's last week is over, without another event.</summary>
    public async Task<string> EndWeekAndMonthAsync()
    {
        var next = world.Days[^1].Day.AddDays(1);
        await site.CloseAsync([.. Enumerable.Range(0, new DateOnly(2026, 2, 1).DayNumber - next.DayNumber + 1).Select(next.AddDays)]);
        return await PlayAsync("at the end of the month", _played);
    }

    public void Dispose() => _publisher?.Dispose();

    private async Task<string> PlayAsync(string moment, long through)
    {
        foreach (var block in world.Blocks.Where(block => block.Seq > _played && block.Seq <= through))
            await site.BlockAsync([.. block.Cells.Select(cell => new PendingCell(cell.Day, cell.Table, cell.Hour, cell.Label, cell.Counters))]);
        _played = through;
        await _publisher!.CycleAsync(CancellationToken.None);
        return moment;
    }
}
