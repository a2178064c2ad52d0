using KpTelemetry.Cli.Stacks;
using KpTelemetry.Stack.Tests.Running;

namespace KpTelemetry.Stack.Tests.CommandLines;

/// <summary>Exit codes and the form of errors, which people's scripts rely on.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string home = Directory.CreateTempSubdirectory("kp-cli-").FullName;

    public void Dispose() => Directory.Delete(home, recursive: true);

    [Theory]
    [InlineData("nonsense")]
    [InlineData("status", "--nonsense")]
    [InlineData("logs", "--nonsense")]
    [InlineData("logs", "--lines", "-1")]
    [InlineData("logs", "one", "two")]
    public async Task WrongUsage_Exits2WithReasonAndHint(params string[] arguments)
    {
        var ended = await Programs.RunAsync(Programs.Cli, arguments, ("KP_HOME", home));

        Assert.Equal(2, ended.ExitCode);
        Assert.Equal(2, ended.ErrorLines.Length);
        Assert.StartsWith("kp: ", ended.Reason, StringComparison.Ordinal);
        Assert.Contains("--help", ended.Hint, StringComparison.Ordinal);
        Assert.Empty(ended.Output);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("down")]
    public async Task NoStack_Exits1AndSaysHowToStartOne(string command)
    {
        var ended = await Programs.RunAsync(Programs.Cli, [command], ("KP_HOME", home));

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal($"kp: no stack is running with the home {home}", ended.Reason);
        Assert.Contains("./kp up", ended.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_JsonWithoutStack_SaysSoInJson()
    {
        var ended = await Programs.RunAsync(Programs.Cli, ["status", "--json"], ("KP_HOME", home));

        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith("""{"running":false,""", ended.Output, StringComparison.Ordinal);
        Assert.Empty(ended.Errors);
    }

    [Fact]
    public async Task RunFileOfAnotherProcess_IsNotBelieved()
    {
        // The pid of a supervisor that was killed may be anybody's by now: here the tests' own.
        new RunFile(new ProcessIdentity(Environment.ProcessId, 1), 8600, "http://127.0.0.1", "http://127.0.0.1", "http://127.0.0.1", "127.0.0.1:1", true, [])
            .Write(new StackHome(home, 8600));
        var ended = await Programs.RunAsync(Programs.Cli, ["down"], ("KP_HOME", home));

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("no stack is running", ended.Reason, StringComparison.Ordinal);
    }
}
