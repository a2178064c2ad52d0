namespace KpTelemetry.Canaries.Tests.Planting;

/// <summary>The plans reach every combination that docs/CANARIES.md tells of.</summary>
public sealed class PlanTests
{
    [Fact]
    public void Forms_ValuesOfEach_Differ()
    {
        foreach (var form in CanaryForms.All.Where(form => form.Class is not (CanaryClass.Date or CanaryClass.Photograph)))
            Assert.Equal(20_000, Enumerable.Range(0, 20_000).Select(form.Write).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Log_OfAHundredThousandLines_HasEveryClassInEveryWritingAndInEveryPosition()
    {
        var planted = await PlantedAsync(new CanaryLog(30_000, 4_200, 0));
        // Lines over 64 KiB are few: all three positions come, but not with every class.
        var lines = planted.Where(canary => !canary.Position.StartsWith("line that is too long", StringComparison.Ordinal)).ToList();
        var positions = LogPositions.All.Count - 3;

        Assert.Equal(LogPositions.All.Count, Count(planted, canary => Place(canary.Position)));
        Assert.Equal(Combinations(positions), Count(lines, canary => (canary.Form.Class, Place(canary.Position))));
        Assert.Equal(Combinations(Writings.All.Count), Count(planted, canary => (canary.Form.Class, canary.Writing.Name)));
        Assert.Equal(Writings.All.Count * positions, Count(lines, canary => (canary.Writing.Name, Place(canary.Position))));
    }

    [Fact]
    public async Task Log_CrowdsOfIt_ComeInEveryPairAndAllOfThemInEveryCombination()
    {
        var (some, all) = (await CrowdsAsync(4_200), await CrowdsAsync(CanaryLog.AllCrowds));
        var (classes, positions) = (some.Select(canary => canary.Form.Class).Distinct().Count(), LogPositions.OfShortLines.Count);
        var wanted = new HashSet<(CanaryClass, string, string)>(
            from form in CanaryForms.All from writing in Writings.All from position in LogPositions.OfShortLines
            where new Canary(form, 0, writing, position.Name).HasShapeAt(position) select (form.Class, writing.Name, position.Name));

        Assert.Equal(Enum.GetValues<CanaryClass>().Length - 1, classes);
        Assert.Equal(classes * positions, Count(some, canary => (canary.Form.Class, Place(canary.Position))));
        Assert.Empty(wanted.Select(one => (one.Item1, one.Item2)).Except(some.Select(canary => (canary.Form.Class, canary.Writing.Name))));
        Assert.Empty(wanted.Select(one => (one.Item2, one.Item3)).Except(some.Select(canary => (canary.Writing.Name, Place(canary.Position)))));
        wanted.ExceptWith(all.Select(canary => (canary.Form.Class, canary.Writing.Name, Place(canary.Position))));
        Assert.Empty(wanted);
    }

    [Fact]
    public void Requests_FourThousand_HaveEveryClassInEveryPosition()
    {
        var planted = CanaryRequests.Of(4_000, 0).Select(one => one.Canary).ToList();

        Assert.True(Count(planted, canary => (canary.Form.Class, canary.Position)) >= Combinations(HttpPositions.All.Count - 1));
        Assert.Equal(Combinations(Writings.All.Count), Count(planted, canary => (canary.Form.Class, canary.Writing.Name)));
    }

    [Fact]
    public void Document_ListsEveryFormWritingAndPosition()
    {
        var document = File.ReadAllText(Path.Combine(KpTelemetry.Tests.Engines.Repository.Root, "docs", "CANARIES.md"));

        var names = CanaryForms.All.Select(form => form.Name).Concat(Writings.All.Select(writing => writing.Name)).Concat(LogPositions.All.Select(position => position.Name));
        Assert.DoesNotContain(names, name => !document.Contains(name, StringComparison.Ordinal));
    }

    private static async Task<List<Canary>> PlantedAsync(CanaryLog log)
    {
        var planted = new List<Canary>();
        await log.WriteAsync(Stream.Null, planted.Add);
        return [.. planted.Where(canary => canary.Position != "user of a line")];
    }

    private static async Task<List<Canary>> CrowdsAsync(int crowds) => await PlantedAsync(new CanaryLog(0, crowds, 0));

    private static int Combinations(int others) => Enum.GetValues<CanaryClass>().Length * others;

    private static int Count<T>(IEnumerable<Canary> planted, Func<Canary, T> of) => planted.Select(of).Distinct().Count();

    private static string Place(string position) => position.Replace(", of a crowd", "", StringComparison.Ordinal);
}
