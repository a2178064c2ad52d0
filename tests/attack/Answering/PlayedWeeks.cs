using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Processors.Publishing;
using KpTelemetry.Release.Tests.Publishing;

namespace KpTelemetry.Attack.Tests.Answering;

/// <summary>Plays weeks to the publisher on its databases, whatever the order in which days and what is late for them come.</summary>
internal sealed class PlayedWeeks(World world, Site site) : IDisposable
{
    private readonly SettableClock _clock = new();
    private PublisherService? _publisher;
    private long _played;

    public async Task PlayAsync()
    {
        _publisher = site.Publisher(_clock);
        foreach (var through in world.Days.SelectMany(plan => plan.Settles).Distinct().Order())
        {
            var closing = world.Days.Where(plan => plan.CloseAfter == through).ToList();
            foreach (var plan in closing)
                _clock.Now = new DateTimeOffset(plan.Day, new TimeOnly(12, 0), TimeSpan.Zero).AddDays(plan.IsStepping ? 0 : 1);
            await PlayAsync(through);
            await (closing.Count > 0 ? site.CloseAsync([.. closing.Select(plan => plan.Day)]) : site.EndImportAsync());
            await _publisher.CycleAsync(CancellationToken.None);
        }
    }

    public void Dispose() => _publisher?.Dispose();

    private async Task PlayAsync(long through)
    {
        foreach (var block in world.Blocks.Where(block => block.Seq > _played && block.Seq <= through))
        {
            await site.BlockAsync(block.Partition, [.. block.Cells.Select(cell => new PendingCell(cell.Day, cell.Table, cell.Hour, cell.Label, cell.Counters))]);
            foreach (var day in block.Days.GroupBy(day => day.Day).Where(day => day.Any(touched => touched.Began)))
                await site.ForgetAsync(day.Key, began: day.Count());
        }

        _played = through;
        await _publisher!.CycleAsync(CancellationToken.None);
    }
}
