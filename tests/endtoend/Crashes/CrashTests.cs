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
    public Task Killed_once_each_while_sixty_thousand_lines_come_in() => RunAsync(kills: 1, linesOfDay: 10_000, seed: 20_261_126);

    [Fact]
    [Trait("Length", "long")]
    public Task Killed_five_times_each_while_half_a_million_lines_come_in() => RunAsync(kills: 5, linesOfDay: 16_667, seed: Environment.TickCount, total: 500_000);

    // One day and one kill after the other. A kill counts where the import was still under way; else the day is sent again,
    // which counts nothing twice, and is killed sooner.
    private async Task RunAsync(int kills, int linesOfDay, int seed, int? total = null)
    {
        output.WriteLine($"seed {seed.ToString(CultureInfo.InvariantCulture)}");
        var random = new Random(seed);
        var victims = Enumerable.Repeat(Victims, kills).SelectMany(v => v).ToArray();
        random.Shuffle(victims);
        using var days = await LogOfDays.GenerateAsync(victims.Length, total ?? victims.Length * linesOfDay, (ulong)seed);
        await using var stack = await CrashingStack.StartAsync();
        var latest = 1_500;
        foreach (var (victim, day) in victims.Zip(days.Files))
        {
            while (!await KillsDuringImportAsync(stack, victim, day, random.Next(latest)))
                latest = Math.Max(latest * 2 / 3, 50);
        }

        await stack.UntilReadyAsync();
        var books = await stack.Queries.BooksAsync();
        Assert.Equal(days.Model.Lines, books.Counted);
        Assert.True(books.Balance, books.ToString());
        (await Figures.AskAsync(stack.Queries, "kp.org", days.Model)).AssertAre(days.Model);
    }

    // Whether the import was under way when its victim was killed.
    private async Task<bool> KillsDuringImportAsync(CrashingStack stack, string victim, string day, int afterMs)
    {
        var during = false;
        await stack.ImportAsync(day, "kp.org", async importer =>
        {
            await Task.Delay(afterMs);
            during = !importer.HasExited;
            if (victim == Importer)
                CrashingStack.Kill(importer.Id);
            else
                await stack.KillAsync(victim);
        });
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(day)}: {victim} after {afterMs} ms{(during ? "" : ", too late")}"));
        return during;
    }
}
