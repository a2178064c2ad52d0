using System.Globalization;
using KpTelemetry.EndToEnd.Tests.Importing;
using KpTelemetry.EndToEnd.Tests.Logs;

namespace KpTelemetry.EndToEnd.Tests.Crashes;

/// <summary>
/// Every process is killed (-9) at random moments while a log comes in, day by day; in the end every line is counted
/// exactly once, in the books and in what is published.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const string Importer = "importer";
    private static readonly string[] Victims = ["ingest", "processors", "kafka", "clickhouse", "postgres", Importer];

    [Fact]
    public Task Killed_once_each_while_sixty_thousand_lines_come_in() => RunAsync(kills: 1, linesOfDay: 10_000, seed: Environment.TickCount);

    [Fact]
    [Trait("Length", "long")]
    public Task Killed_five_times_each_while_half_a_million_lines_come_in() => RunAsync(kills: 5, linesOfDay: 16_667, seed: Environment.TickCount, total: 500_000);

    // One day and one kill after the other, so that every kill falls into an import that is under way.
    private async Task RunAsync(int kills, int linesOfDay, int seed, int? total = null)
    {
        output.WriteLine($"seed {seed.ToString(CultureInfo.InvariantCulture)}");
        var random = new Random(seed);
        var victims = Enumerable.Repeat(Victims, kills).SelectMany(v => v).ToArray();
        random.Shuffle(victims);
        using var days = await LogOfDays.GenerateAsync(victims.Length, total ?? victims.Length * linesOfDay, (ulong)seed);
        await using var stack = await CrashingStack.StartAsync();
        foreach (var (victim, day) in victims.Zip(days.Files))
        {
            var moment = TimeSpan.FromMilliseconds(random.Next(1_500));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(day)}: {victim} after {moment.TotalMilliseconds:0} ms"));
            await stack.ImportAsync(day, "kp.org", async importer =>
            {
                await Task.Delay(moment);
                if (victim == Importer)
                    CrashingStack.Kill(importer.Id);
                else
                    await stack.KillAsync(victim);
            });
        }

        await stack.UntilReadyAsync();
        var books = await stack.Queries.BooksAsync();
        Assert.Equal(days.Model.Lines, books.Counted);
        Assert.True(books.Balance, books.ToString());
        (await Figures.AskAsync(stack.Queries, "kp.org", days.Model)).AssertAre(days.Model);
    }
}
