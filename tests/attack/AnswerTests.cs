using System.Net.Http.Json;
using System.Text.Json;
using KpTelemetry.Attack.Tests.Answering;
using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Attack.Tests.Worlds;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Query.Tests;
using KpTelemetry.Release.Tests.Publishing;
using KpTelemetry.Schemas.Lattice;
using Xunit;

namespace KpTelemetry.Attack.Tests;

/// <summary>
/// The attacker of <see cref="AttackTests"/> has every row of every release. Here the publisher and the query API run on
/// engines: what is published are those rows, and whatever the API answers is a function of them.
/// </summary>
public sealed class AnswerTests
{
    // Both of its days are told only with their week.
    private const int OfDaysThatJoin = 110;

    private static readonly Clauses Rule = new("as it is");

    [Theory]
    [InlineData(4, true)]
    [InlineData(OfDaysThatJoin, false)]
    public Task Answers_PartOfTheLatticeAtAnyMoment_AreSumsOfTheRowsThatTheAttackerHas(int seed, bool isCrowd) => AssertAnswersAsync(seed, isCrowd, oneOf: 20);

    [Theory, Trait("Length", "long")]
    [InlineData(4, true)]
    [InlineData(5, true)]
    [InlineData(1, false)]
    [InlineData(7, false)]
    [InlineData(21, false)]
    [InlineData(45, false)]
    [InlineData(OfDaysThatJoin, false)]
    public Task Answers_AnythingOfTheLatticeAtAnyMoment_AreSumsOfTheRowsThatTheAttackerHas(int seed, bool isCrowd) => AssertAnswersAsync(seed, isCrowd, oneOf: 1);

    private static async Task AssertAnswersAsync(int seed, bool isCrowd, int oneOf)
    {
        var world = isCrowd ? WorldMaking.MakeCrowd(seed) : WorldMaking.Make(seed);
        await using var site = await Site.CreateAsync();
        await using var service = new QueryService { Databases = (site.Postgres, site.ClickHouse), LiveClock = LiveView.Clock(world.Days[0].Day) };
        await service.InitializeAsync();
        using var played = new PlayedWorld(world, site);
        IReadOnlyList<Row> before = [];
        var moments = 0;
        await foreach (var moment in played.MomentsAsync())
            before = await AssertAnswersAsync(moment, site, service, world, before, (moments++ % oneOf, oneOf));
        Assert.Equal(DayPublishing.Of(world, Rule).Rows.Select(Row.Of).Order(StringComparer.Ordinal), before.Select(row => row.Told).Order(StringComparer.Ordinal));

        var after = await AssertAnswersAsync(await played.EndWeekAndMonthAsync(), site, service, world, before, (moments % oneOf, oneOf));
        await site.Store.ExecuteAsync("DROP TABLE pending SYNC", CancellationToken.None);
        await AssertAnswersAsync("without pending cells", site, service, world, after, (++moments % oneOf, oneOf));
        Assert.Equal(!isCrowd && seed == OfDaysThatJoin, after.Any(row => row.Last != row.Day));
        TestContext.Current.TestOutputHelper?.WriteLine($"{before.Count} rows of {world.Days.Count} days, {after.Count(row => row.Last != row.Day)} of several days");
    }

    private static async Task<IReadOnlyList<Row>> AssertAnswersAsync(string moment, Site site, QueryService service, World world, IReadOnlyList<Row> before, (int First, int Step) asking)
    {
        var rows = await Row.ReadAsync(site);
        Assert.Empty(before.Select(row => row.Told).Except(rows.Select(row => row.Told)));
        var model = new AnswerModel(rows, await BandsAsync(site));
        // The limit is of an account.
        service.User = moment;
        using var lattice = await service.GetAsync("/api/v1/lattice");
        var asked = new Questions(await lattice.Content.ReadFromJsonAsync<JsonElement>(), rows).Of(Windows(world)).ToList();
        for (var i = asking.First; i < asked.Count; i += asking.Step)
            AssertSame(moment, asked[i], model, await ReadAnswer.AskAsync(service, asked[i], ReadAnswer.Formats[i % ReadAnswer.Formats.Length]));
        await LiveView.AssertShowsAsync(service, rows);
        var shown = Windows(world).SelectMany(window => new[] { "/", "/figures" }, (window, path) => (window.From, window.To, path)).ToList();
        await service.SignOnAsync();
        for (var i = asking.First % shown.Count; i < shown.Count; i += asking.Step)
            await DashboardPage.AssertShowsAsync(service, model, shown[i].path, shown[i].From, shown[i].To);
        return rows;
    }

    private static void AssertSame(string moment, Question question, AnswerModel model, ReadAnswer answer)
    {
        var told = $"{moment}: {question.Json}";
        Assert.True(question.IsRefused == answer.IsRefused, $"{told}: {answer.Withheld}");
        if (question.IsRefused)
            return;
        Assert.True(model.Withheld(question) == answer.Withheld, $"{told}: withheld {answer.Withheld}, not {model.Withheld(question)}");
        var expected = model.Rows(question);
        Assert.True(expected.Keys.ToHashSet().SetEquals(answer.Rows.Keys), $"{told}: {string.Join("; ", answer.Rows.Keys)}, not {string.Join("; ", expected.Keys)}");
        foreach (var (key, figures) in expected)
            Assert.True(figures.Zip(answer.Rows[key]).All(pair => IsSame(pair.First, pair.Second)), $"{told}: {key}: {string.Join(' ', answer.Rows[key])}, not {string.Join(' ', figures)}");
    }

    // Ratios are told with four decimals.
    private static bool IsSame(double? expected, double? told) => expected is null == told is null && Math.Abs((expected ?? 0) - (told ?? 0)) <= 0.00005001;

    private static async Task<Dictionary<(DateOnly, Table), Band>> BandsAsync(Site site)
    {
        await using var command = site.Database.CreateCommand("select day, withheld from kp.release_days where site = 'sample'");
        await using var reader = await command.ExecuteReaderAsync();
        var bands = new Dictionary<(DateOnly, Table), Band>();
        while (await reader.ReadAsync())
        {
            var (day, withheld) = (reader.GetFieldValue<DateOnly>(0), reader.GetFieldValue<int[]>(1));
            foreach (var table in Table.All.Where(table => table.Id <= withheld.Length))
                bands[(day, table)] = (Band)withheld[table.Id - 1];
        }

        return bands;
    }

    // Each day, its week without and with the last day, and two months.
    private static IReadOnlyList<(DateOnly From, DateOnly To)> Windows(World world)
    {
        var first = world.Days[0].Day;
        return
        [
            .. world.Days.Select(day => (day.Day, day.Day.AddDays(1))),
            (first, first.AddDays(6)), (first, first.AddDays(7)), (new DateOnly(2026, 1, 1), new DateOnly(2026, 3, 1)),
        ];
    }
}
