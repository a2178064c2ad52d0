using KpTelemetry.EndToEnd.Tests.Logs;
using KpTelemetry.EndToEnd.Tests.Stacks;

namespace KpTelemetry.EndToEnd.Tests.Importing;

/// <summary>What has to hold for any log: for the sample log where it lies beside the repository, and for a generated one always.</summary>
public abstract class ImportingALog(SharedStack shared)
{
    private const int K = 11;

    protected SharedStack Shared => shared;

    [Fact]
    public async Task A_log_shows_what_was_in_it_and_sent_again_it_counts_nothing_twice()
    {
        using var log = await LogAsync();
        var site = await SiteAsync(log);
        var before = await shared.Queries.BooksAsync();

        var first = await shared.ImportAsync(log.Path, site);
        Assert.Equal(log.Model.Lines, first.Lines);
        Assert.Equal(log.Model.Requests, first.Accepted);
        Assert.Equal(log.Model.Malformed, first.Rejected.Values.Sum());
        Assert.Equal(0, first.Duplicates);
        var shown = await Figures.AskAsync(shared.Queries, site, log.Model);
        shown.AssertAre(log.Model);
        await AssertVisitsAddUpAsync(site, log.Model, shown);

        foreach (var file in new[] { log.Path, log.Renamed(), log.Gzipped() })
        {
            var again = await shared.ImportAsync(file, site);
            Assert.Equal(log.Model.Lines, again.Duplicates);
            (await Figures.AskAsync(shared.Queries, site, log.Model)).AssertAre(shown);
        }

        var books = await shared.Queries.BooksAsync();
        Assert.Equal(before.Counted + log.Model.Requests, books.Counted);
        Assert.Equal(before.Duplicates + (3 * log.Model.Lines), books.Duplicates);
        Assert.Equal(before.Received + (4 * log.Model.Lines), books.Received);
        Assert.True(books.Balance, books.ToString());
    }

    // Every day's visits are told, and each of them has an entry, an exit and a source.
    private async Task AssertVisitsAddUpAsync(string site, LogModel model, Figures shown)
    {
        var visits = (await shared.Queries.QueryAsync(site, model.From, model.To, "time:day", "visits")).Numbers;
        Assert.Equal(shown["visitors"].Keys, visits.Keys);
        Assert.All(visits, day => Assert.InRange(day.Value, 1, shown["pageviews"][day.Key]));
        foreach (var tree in new[] { "entry_page", "exit_page", "source" })
            Assert.Equal(visits.Values.Sum(), (await shared.Queries.QueryAsync(site, model.From, model.To, tree, "visits")).Numbers.Values.Sum());
    }

    [Fact]
    public async Task A_file_that_has_grown_counts_its_new_lines_only()
    {
        using var log = await LogAsync();
        var site = await shared.AddSiteAsync(log.Zone);
        var keep = (int)log.Model.Lines - 500;
        await shared.ImportAsync(log.Grown(keep, []), site);
        var before = await shared.Queries.BooksAsync();

        var grown = await shared.ImportAsync(log.Path, site);

        Assert.Equal(keep, grown.Duplicates);
        var books = await shared.Queries.BooksAsync();
        Assert.Equal(before.Received + log.Model.Lines, books.Received);
        Assert.Equal(before.Duplicates + keep, books.Duplicates);
        Assert.True(books.Balance, books.ToString());
        var requests = (await shared.Queries.QueryAsync(site, log.Model.From, log.Model.To, "time:day", "requests")).Numbers;
        var (part, whole) = (LogModel.Of(log.Lines.Take(keep), TimeZoneInfo.FindSystemTimeZoneById(log.Zone)), log.Model);
        foreach (var (day, shown) in requests)
            Assert.InRange(shown, part.ByDay(d => d.Requests).GetValueOrDefault(day), whole.ByDay(d => d.Requests)[day]);
        AssertGrowthShows(part, whole, requests);
    }

    [Fact]
    public async Task Another_file_with_the_same_beginning_counts_in_full()
    {
        using var log = await LogAsync();
        var site = await shared.AddSiteAsync(log.Zone);
        await shared.ImportAsync(log.Path, site);
        var before = await shared.Queries.BooksAsync();
        var same = SameLines(log, 80 * 1024);
        var other = log.Grown(same, log.Lines.Skip(same).Reverse());

        var imported = await shared.ImportAsync(other, site);

        Assert.Equal(0, imported.Duplicates);
        Assert.Equal(log.Model.Lines, imported.Lines);
        var books = await shared.Queries.BooksAsync();
        Assert.Equal(before.Counted + log.Model.Requests, books.Counted);
        Assert.Equal(before.Duplicates, books.Duplicates);
    }

    [Fact]
    public async Task A_shorter_file_is_a_copy_of_the_start_or_another_file_by_its_content()
    {
        using var log = await LogAsync();
        var site = await shared.AddSiteAsync(log.Zone);
        var same = SameLines(log, 80 * 1024);
        await shared.ImportAsync(log.Grown(same, []), site);
        await shared.ImportAsync(log.Path, site);
        var before = await shared.Queries.BooksAsync();

        foreach (var lines in new[] { same / 2, same, same + 700, (int)log.Model.Lines - 1 })
        {
            var copy = await shared.ImportAsync(log.Grown(lines, []), site);
            Assert.Equal((lines, 0), (copy.Lines, copy.Accepted));
        }

        Assert.Equal(before.Counted, (await shared.Queries.BooksAsync()).Counted);
        // Longer than the first known end, shorter than the second, and differing in between.
        var other = await shared.ImportAsync(log.Grown(same, log.Lines.Skip(same).Take(900).Reverse()), site);
        Assert.Equal((same + 900, 0), (other.Lines, other.Duplicates));
        var books = await shared.Queries.BooksAsync();
        Assert.Equal(before.Counted + same + 900, books.Counted);
        Assert.True(books.Balance, books.ToString());
    }

    [Fact]
    public async Task One_file_under_two_names_in_one_command_counts_once()
    {
        using var log = await LogAsync();
        var site = await shared.AddSiteAsync(log.Zone);
        var result = await shared.Stack.KpAsync("import", log.Path, log.Renamed(), "--site", site, "--json");
        Assert.True(result.ExitCode == 0, result.ToString());
        var summary = ImportSummary.Parse(result.Output);
        Assert.Equal((log.Model.Lines * 2, log.Model.Requests, log.Model.Lines), (summary.Lines, summary.Accepted, summary.Duplicates));
    }

    /// <summary>The log, with the test skipped where there is none.</summary>
    private protected abstract Task<TestLog> LogAsync();

    /// <summary>Where the log is imported first.</summary>
    private protected virtual Task<string> SiteAsync(TestLog log) => shared.AddSiteAsync(log.Zone);

    // A day whose growth brought so many further visitors that even half of them vouching makes a step has moved.
    private static void AssertGrowthShows(LogModel part, LogModel whole, SortedDictionary<string, long> requests)
    {
        foreach (var (day, visitors) in whole.ByDay(d => d.Visitors.Count))
        {
            if (visitors - part.ByDay(d => d.Visitors.Count).GetValueOrDefault(day) >= 4 * K)
                Assert.True(requests[day] > part.ByDay(d => d.Requests).GetValueOrDefault(day), $"{day} has not moved");
        }
    }

    private static int SameLines(TestLog log, int bytes)
    {
        var (lines, length) = (0, 0);
        while (length < bytes)
            length += log.Lines[lines++].Length + 1;
        return lines;
    }
}

/// <summary>The sample log: a web server's real traffic of May 2015.</summary>
[Collection(OnTheSharedStack.Name)]
public sealed class ImportingTheSampleLog(SharedStack shared) : ImportingALog(shared)
{
    private protected override Task<TestLog> LogAsync()
    {
        var log = TestLog.Sample();
        Assert.SkipWhen(log is null, "shared/data/apache_combined_10k.log does not lie beside the repository");
        return Task.FromResult(log!);
    }

    private protected override Task<string> SiteAsync(TestLog log) => Task.FromResult("sample");
}

/// <summary>A generated log of a week in California, with lines that are none at its end.</summary>
[Collection(OnTheSharedStack.Name)]
public sealed class ImportingAGeneratedLog(SharedStack shared) : ImportingALog(shared)
{
    private protected override Task<TestLog> LogAsync() => TestLog.GenerateAsync(8_000, seed: 3, malformed: 3);

    [Fact]
    public async Task A_file_that_grows_under_partial_imports_counts_each_line_once_and_closes_with_the_last()
    {
        using var log = await LogAsync();
        var site = await Shared.AddSiteAsync(log.Zone);
        var before = await Shared.Queries.BooksAsync();
        foreach (var lines in new[] { 3_000, 6_000 })
        {
            var file = log.Grown(lines, []);
            await File.AppendAllTextAsync(file, log.Lines[lines][..40]);
            var part = await ImportPartAsync(file, site);
            Assert.Equal((3_000, 3_000, 0, lines - 3_000), (part.Lines, part.Accepted, part.Duplicates, part.StoredBefore));
            Assert.Equal(before.Received + lines, (await Shared.Queries.BooksAsync()).Received);
        }

        var last = await Shared.ImportAsync(log.Grown((int)log.Model.Lines, []), site);
        Assert.Equal((log.Model.Lines - 6_000, 0, 6_000), (last.Lines, last.Duplicates, last.StoredBefore));
        var books = await Shared.Queries.BooksAsync();
        Assert.Equal((before.Received + log.Model.Lines, before.Counted + log.Model.Requests), (books.Received, books.Counted));
        Assert.Equal(before.Duplicates, books.Duplicates);
        Assert.True(books.Balance, books.ToString());
        (await Figures.AskAsync(Shared.Queries, site, log.Model)).AssertAre(log.Model);
    }

    private async Task<ImportSummary> ImportPartAsync(string file, string site)
    {
        var result = await Shared.Stack.KpAsync("import", file, "--site", site, "--partial", "--json");
        Assert.True(result.ExitCode == 0, result.ToString());
        return ImportSummary.Parse(result.Output);
    }
}
