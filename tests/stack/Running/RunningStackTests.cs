using System.Text.Json;
using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Stack.Tests.Running;

/// <summary>What a running stack says of itself, and how its processes come back.</summary>
[Collection(nameof(SharedStack))]
public sealed class RunningStackTests(SharedStack shared)
{
    private readonly StackProcess stack = shared.Stack;

    [Fact]
    public void Up_Json_TellsWhereEverythingIs()
    {
        Assert.Equal(
            ["ready", "ingest", "queryApi", "clickHouse", "kafka", "postgres", "home"],
            stack.Ready.EnumerateObject().Select(member => member.Name));
        Assert.True(stack.Ready.GetProperty("ready").GetBoolean());
        var first = stack.Home.PortBase;
        Assert.Equal($"http://127.0.0.1:{first + 1}", stack.Ready.GetProperty("queryApi").GetString());
        Assert.Equal($"http://127.0.0.1:{first + 2}", stack.Ready.GetProperty("clickHouse").GetString());
        Assert.Equal($"127.0.0.1:{first + 3}", stack.Ready.GetProperty("kafka").GetString());
        Assert.Contains($"Port={first + 4};", stack.Ready.GetProperty("postgres").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Home_OnlyItsOwnerMayEnter()
    {
        string[] folders = [stack.Home.Directory, .. Directory.GetDirectories(stack.Home.Directory)];
        Assert.All(folders, folder => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder)));
    }

    [Fact]
    public void NoPassword_InArgumentsOrRunFileOrLogs()
    {
        var passwords = new[] { EmbeddedPostgres.Owner, EmbeddedPostgres.Superuser }.Select(role => EmbeddedPostgres.Password(stack.Home, role)).ToList();
        var texts = stack.Everyone().Select(CommandLine)
            .Append(File.ReadAllText(stack.Home.RunFile))
            .Concat(Directory.GetFiles(stack.Home.Logs).Select(File.ReadAllText))
            .ToList();

        Assert.All(texts, text => Assert.DoesNotContain(passwords, password => text.Contains(password, StringComparison.Ordinal)));
    }

    // PostgreSQL's own processes come and go.
    private static string CommandLine(ProcessIdentity process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Pid}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }

    [Fact]
    public async Task KilledProcess_IsStartedAgain()
    {
        foreach (var name in stack.RunFile.Processes.Select(process => process.Name))
        {
            await Until.HoldsAsync(() => Now(name).State is ProcessState.Ready, $"{name} is ready");
            var before = Now(name);
            Signals.Send(before.Process!, Signals.Kill);

            await Until.HoldsAsync(
                () => Now(name) is { State: ProcessState.Ready, Process: not null } now && now.Process != before.Process,
                $"{name} is ready again after its end");
            Assert.Equal(before.Restarts + 1, Now(name).Restarts);
        }
    }

    [Fact]
    public async Task RunFile_ThatCannotBeWritten_EndsNothing()
    {
        await Until.HoldsAsync(() => stack.RunFile.Processes.All(process => process.State is ProcessState.Ready), "everything is ready");
        // In the way of the file that is written next, also for root, as a full disk would be.
        var obstacle = new DirectoryInfo(stack.Home.RunFile + ".next");
        await Until.HoldsAsync(() => Creates(obstacle), "the run file is not being written");
        var before = Now("ingest");
        Signals.Send(before.Process!, Signals.Kill);
        using var http = new HttpClient { BaseAddress = new Uri(stack.Ready.GetProperty("ingest").GetString()!) };
        await Until.HoldsAsync(() => !before.Process!.IsAlive(), "ingest has ended");
        await Until.HoldsAsync(() => Answers(http), "ingest answers again");

        obstacle.Delete();
        var other = Now("query-api");
        Signals.Send(other.Process!, Signals.Kill);
        await Until.HoldsAsync(
            () => Now("ingest") is { State: ProcessState.Ready } ingest && ingest.Restarts == before.Restarts + 1
                && Now("query-api") is { State: ProcessState.Ready } query && query.Restarts == other.Restarts + 1,
            "the run file tells of both again");
    }

    private static bool Creates(DirectoryInfo directory)
    {
        try
        {
            directory.Create();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool Answers(HttpClient http)
    {
        try
        {
            using var response = http.Send(new HttpRequestMessage(HttpMethod.Get, "/v1/sites"));
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    [Fact]
    public async Task KilledPostgres_KeepsWhatItCommitted()
    {
        await using var database = Npgsql.NpgsqlDataSource.Create(EmbeddedPostgres.ConnectionString(stack.Home, stack.Home.PortBase + 4) + ";Pooling=false");
        await ExecuteAsync(database, "create table if not exists survives (n int primary key)");
        await ExecuteAsync(database, "insert into survives values (1)");
        await Until.HoldsAsync(() => Now("postgres").State is ProcessState.Ready, "postgres is ready");
        var before = Now("postgres");
        Signals.Send(before.Process!, Signals.Kill);
        await Until.HoldsAsync(() => Now("postgres") is { State: ProcessState.Ready } now && now.Process != before.Process, "postgres is ready again");

        await using var command = database.CreateCommand("select count(*) from survives");
        Assert.Equal(1L, await command.ExecuteScalarAsync());
        await ExecuteAsync(database, "drop table survives");
    }

    [Fact]
    public async Task Up_HomeInUse_SaysByWhom()
    {
        var ended = await Programs.RunAsync(Programs.Stack, ["up"], stack.Environment);

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal($"kp: the home {stack.Home.Directory} is in use by process {stack.RunFile.Supervisor.Pid}", ended.Reason);
        Assert.Contains("./kp down", ended.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_Json_TellsOfEachProcess()
    {
        var ended = await Programs.RunAsync(Programs.Cli, ["status", "--json"], stack.Environment);
        var status = JsonDocument.Parse(ended.Output).RootElement;

        Assert.True(status.GetProperty("running").GetBoolean());
        Assert.Equal(
            stack.RunFile.Processes.Select(process => process.Name),
            status.GetProperty("processes").EnumerateArray().Select(process => process.GetProperty("name").GetString()));
        Assert.All(status.GetProperty("processes").EnumerateArray(), process => Assert.True(process.GetProperty("memoryBytes").GetInt64() > 1_000_000));
    }

    [Fact]
    public async Task Logs_OneProcess_ShowsItsLines()
    {
        var ended = await Programs.RunAsync(Programs.Cli, ["logs", "postgres"], stack.Environment);

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("database system is ready to accept connections", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_UnknownProcess_NamesThoseThatExist()
    {
        var ended = await Programs.RunAsync(Programs.Cli, ["logs", "nothing"], stack.Environment);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("postgres", ended.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_Json_LooksAtEachProcess()
    {
        var ended = await Programs.RunAsync(Programs.Cli, ["doctor", "--json"], stack.Environment);
        var abouts = JsonDocument.Parse(ended.Output).RootElement.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("about").GetString()).ToList();

        Assert.Superset(stack.RunFile.Processes.Select(process => process.Name).Append("space").Append("lock").ToHashSet(), abouts.ToHashSet()!);
    }

    private RunningProcess Now(string name) => stack.RunFile.Processes.Single(process => process.Name == name);

    private static async Task ExecuteAsync(Npgsql.NpgsqlDataSource database, string statement)
    {
        await using var command = database.CreateCommand(statement);
        await command.ExecuteNonQueryAsync();
    }
}
