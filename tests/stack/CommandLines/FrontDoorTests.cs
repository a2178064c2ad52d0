using KpTelemetry.Stack.Tests.Running;

namespace KpTelemetry.Stack.Tests.CommandLines;

/// <summary><c>./kp</c> itself.</summary>
public sealed class FrontDoorTests : IDisposable
{
    // Commands that are shell, not programs.
    private static readonly string[] InShell = ["test", "bench"];

    private readonly string folder = Directory.CreateTempSubdirectory("kp front door ").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Help_ListsEveryCommandAndNoOther()
    {
        var help = await RunAsync([Programs.FrontDoor, "--help"]);
        var listed = help.Output.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal)).Select(line => line.Trim().Split(' ')[0]).ToHashSet();

        Assert.Equal(0, help.ExitCode);
        Assert.Equal(
            [.. await CommandsAsync(Programs.Cli), .. await CommandsAsync(Programs.Stack), .. InShell],
            listed);
    }

    [Fact]
    public async Task NoCommand_IsWrongUsage()
    {
        var ended = await RunAsync([Programs.FrontDoor]);

        Assert.Equal(2, ended.ExitCode);
        Assert.Empty(ended.Output);
    }

    [Fact]
    public async Task ThroughALinkInAPathWithSpaces_FindsItself()
    {
        var link = Path.Combine(folder, "a link");
        File.CreateSymbolicLink(link, Programs.FrontDoor);
        var ended = await RunAsync([link, "--help"]);

        Assert.Equal(0, ended.ExitCode);
        Assert.StartsWith("KpTelemetry", ended.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("one", "two")]
    public async Task Test_WrongUsage_Exits2(params string[] arguments)
    {
        var ended = await RunAsync([Programs.FrontDoor, "test", .. arguments]);

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("--help", ended.Hint, StringComparison.Ordinal);
    }

    private static async Task<IEnumerable<string>> CommandsAsync(string program)
    {
        var help = await Programs.RunAsync(program, ["--help"]);
        return help.Output.Split('\n')
            .SkipWhile(line => line != "Commands:")
            .Skip(1)
            .Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ')
            .Select(line => line.Trim().Split(' ')[0]);
    }

    private static Task<Ended> RunAsync(string[] command, params (string Name, string Value)[] environment) =>
        Programs.RunToEndAsync(Programs.Describe(command, environment));
}
