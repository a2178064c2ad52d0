using System.IO.Compression;
using System.Net;
using System.Text;
using KpTelemetry.EndToEnd.Tests.Stacks;
using SharpCompress.Compressors.BZip2;

namespace KpTelemetry.EndToEnd.Tests.WrongUse;

/// <summary>What people do wrong gets one line that says what, one that helps, an exit code, and costs nothing.</summary>
[Collection(OnTheSharedStack.Name)]
public sealed class WrongUses(SharedStack shared) : IDisposable
{
    private const string Line = "192.0.2.9 - - [09/Sep/2026:12:00:00 -0700] \"GET / HTTP/1.1\" 200 5120 \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\"\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("kp-e2e-wrong-").FullName;

    [Fact]
    public async Task Unknown_site() => await FailsAndCountsNothingAsync("site", "import", Write("a.log", Line), "--site", "no-such-site");

    [Fact]
    public async Task Unknown_format() => await FailsAndCountsNothingAsync("format", "import", Write("a.log", Line), "--site", "m.kp.org", "--format", "no-such-format");

    [Fact]
    public async Task File_that_is_not_there() => await FailsAndCountsNothingAsync("nowhere.log", "import", Path.Combine(_folder, "nowhere.log"), "--site", "m.kp.org");

    [Fact]
    public async Task No_file_named()
    {
        var result = await shared.Stack.KpAsync("import", "--site", "m.kp.org");
        Assert.Equal(2, result.ExitCode);
        AssertExplains(result);
    }

    [Fact]
    public async Task Empty_file()
    {
        await FailsAndCountsNothingAsync("empty", "import", Write("empty.log", ""), "--site", "m.kp.org", "--json");
    }

    [Fact]
    public async Task Link_to_a_file_is_that_file()
    {
        var file = Write("linked.log", Line + Line);
        var link = Path.Combine(_folder, "l");
        File.CreateSymbolicLink(link, file);
        var imported = await shared.ImportAsync(link, await shared.AddSiteAsync("UTC"));
        Assert.Equal((2, 2), (imported.Lines, imported.Accepted));
    }

    [Fact]
    public async Task Pipe()
    {
        var pipe = Path.Combine(_folder, "pipe");
        // A writer, or opening it would wait for one.
        using var writer = System.Diagnostics.Process.Start("/bin/sh", ["-c", $"mkfifo '{pipe}' && exec 3<>'{pipe}' && sleep 600"]);
        while (!File.Exists(pipe))
            await Task.Delay(20);
        await FailsAndCountsNothingAsync("pipe", "import", pipe, "--site", "m.kp.org", "--json");
        writer.Kill(entireProcessTree: true);
    }

    [Fact]
    public async Task Truncated_bzip2_is_told_before_anything_of_it_is_sent()
    {
        var file = Path.Combine(_folder, "cut.log.bz2");
        await using (var packed = BZip2Stream.Create(File.Create(file), SharpCompress.Compressors.CompressionMode.Compress, decompressConcatenated: false))
        {
            for (var i = 0; i < 3000; i++)
                await packed.WriteAsync(Encoding.ASCII.GetBytes(Line.Replace("GET /", $"GET /{i * 7919 % 3001}", StringComparison.Ordinal)));
        }

        await using (var cut = File.OpenWrite(file))
            cut.SetLength(cut.Length / 2);
        await FailsAndCountsNothingAsync("damaged or cut short", "import", file, "--site", "m.kp.org", "--json");
    }

    [Fact]
    public async Task Binary_file()
    {
        var bytes = new byte[300_000];
        new Random(5).NextBytes(bytes);
        var file = Path.Combine(_folder, "noise.bin");
        File.WriteAllBytes(file, bytes);
        await FailsAndCountsNothingAsync("no text", "import", file, "--site", await shared.AddSiteAsync("UTC"), "--json");
    }

    [Fact]
    public async Task Line_of_a_gigabyte_is_rejected_and_the_lines_around_it_count()
    {
        var file = Path.Combine(_folder, "gigabyte.log.gz");
        await using (var gzip = new GZipStream(File.Create(file), CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(Encoding.ASCII.GetBytes(Line));
            var piece = Encoding.ASCII.GetBytes(new string('a', 1 << 20));
            for (var i = 0; i < 1024; i++)
                await gzip.WriteAsync(piece);
            await gzip.WriteAsync(Encoding.ASCII.GetBytes("\n" + Line));
        }

        var before = await shared.Queries.BooksAsync();
        var result = await shared.Stack.KpAsync("import", file, "--site", await shared.AddSiteAsync("UTC"), "--json");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(new Dictionary<string, long>(StringComparer.Ordinal) { ["line-too-long"] = 1 }, ImportSummary.Parse(result.Output).Rejected);
        var books = await shared.Queries.BooksAsync();
        Assert.Equal(before.Counted + 2, books.Counted);
        Assert.True(books.Balance, books.ToString());
    }

    [Fact]
    public async Task Truncated_gzip_is_told_before_anything_of_it_is_sent()
    {
        var whole = new MemoryStream();
        await using (var gzip = new GZipStream(whole, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var i = 0; i < 5_000; i++)
                await gzip.WriteAsync(Encoding.ASCII.GetBytes(Line.Replace("/ HTTP", $"/{i * 7919} HTTP", StringComparison.Ordinal)));
        }

        var file = Path.Combine(_folder, "cut.log.gz");
        File.WriteAllBytes(file, whole.ToArray()[..(int)(whole.Length / 2)]);
        await FailsAndCountsNothingAsync("nothing of it was sent", "import", file, "--site", await shared.AddSiteAsync("UTC"), "--json");
    }

    [Fact]
    public async Task No_token_and_wrong_role()
    {
        var query = new { site = "sample", from = "2015-05-17", to = "2015-05-21", metrics = new[] { "requests" }, dimensions = new[] { "time:day" } };
        using var none = await shared.Queries.PostAsync(null, query);
        Assert.Equal(HttpStatusCode.Unauthorized, none.StatusCode);
        using var wrong = await shared.Queries.PostAsync("security", query);
        Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);
        Assert.Equal("application/problem+json", wrong.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("metrics", "no-such-metric")]
    [InlineData("dimensions", "no-such-dimension")]
    public async Task Unknown_name_in_a_query_is_answered_with_those_that_are(string property, string name)
    {
        var query = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["site"] = "sample", ["from"] = "2015-05-17", ["to"] = "2015-05-21", ["metrics"] = new[] { "requests" }, ["dimensions"] = new[] { "time:day" },
            [property] = new[] { name },
        };
        using var answer = await shared.Queries.PostAsync("analyst", query);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(property == "metrics" ? "pageviews" : "referrer", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stack_that_does_not_run()
    {
        var result = await Kp.RunAsync(_folder, "import", Write("a.log", Line), "--site", "sample");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("no stack is running", result.Reason, StringComparison.Ordinal);
        AssertExplains(result);
    }

    [Fact]
    public async Task Port_that_is_taken()
    {
        var settings = Kp.Home(_folder);
        settings["KP_PORT_BASE"] = shared.Stack.Ingest.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using var process = Kp.Start(Programs.Stack, ["up", "--json"], settings);
        var result = await Kp.EndAsync(process);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("port", result.Reason, StringComparison.Ordinal);
        AssertExplains(result);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string content)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllText(file, content);
        return file;
    }

    private async Task FailsAndCountsNothingAsync(string word, params string[] arguments)
    {
        var before = await shared.Queries.BooksAsync();
        var result = await shared.Stack.KpAsync(arguments);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(word, result.Errors, StringComparison.Ordinal);
        AssertExplains(result);
        Assert.Equal(before.Counted, (await shared.Queries.BooksAsync()).Counted);
    }

    // One line with the reason, one with a hint, nothing of a person and no trace of a stack.
    private static void AssertExplains(KpResult result)
    {
        var lines = result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, l => l.StartsWith("kp: ", StringComparison.Ordinal));
        Assert.True(lines.SkipWhile(l => !l.StartsWith("kp: ", StringComparison.Ordinal)).Count() == 2, result.ToString());
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2.9", result.Errors, StringComparison.Ordinal);
    }
}
