using System.Net;
using System.Net.Sockets;
using KpTelemetry.Tests.Engines;

namespace KpTelemetry.Stack.Tests.Running;

/// <summary>A stack that cannot start says why in one line, and leaves nothing running.</summary>
public sealed class StartingTests : IDisposable
{
    private readonly string home = Directory.CreateTempSubdirectory("kp-starting-").FullName;

    public void Dispose() => Directory.Delete(home, recursive: true);

    [Fact]
    public async Task Up_PortTaken_SaysWhichAndByWhom()
    {
        var taken = Ports.Take(8) + 4;
        using var listener = new TcpListener(IPAddress.Loopback, taken);
        listener.Start();
        var ended = await Programs.RunAsync(Programs.Stack, ["up"], ("KP_HOME", home), ("KP_PORT_BASE", $"{taken - 4}"));

        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith($"kp: port {taken} for postgres is taken by process {Environment.ProcessId}", ended.Reason, StringComparison.Ordinal);
        Assert.Contains("KP_PORT_BASE", ended.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_PortBaseThatIsNone_SaysSo()
    {
        var ended = await Programs.RunAsync(Programs.Stack, ["up"], ("KP_HOME", home), ("KP_PORT_BASE", "eighty"));

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("KP_PORT_BASE", ended.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_ServersThatAreNone_NamesEverySettingAndNoValue()
    {
        var ended = await Programs.RunAsync(
            Programs.Stack, ["up"], ("KP_HOME", home), ("KP_KAFKA", "nowhere"), ("KP_CLICKHOUSE", "notaurl"), ("KP_POSTGRES", "garbage"));

        Assert.Equal(1, ended.ExitCode);
        Assert.All(["KP_KAFKA must be", "KP_CLICKHOUSE must be", "KP_POSTGRES must be"], told => Assert.Contains(told, ended.Reason, StringComparison.Ordinal));
        Assert.All(["nowhere", "notaurl", "garbage"], value => Assert.DoesNotContain(value, ended.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Up_HomeThatCannotBeMade_SaysSo()
    {
        var file = Path.Combine(home, "file");
        await File.WriteAllTextAsync(file, "");
        var ended = await Programs.RunAsync(Programs.Stack, ["up"], ("KP_HOME", Path.Combine(file, "below")));

        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith($"kp: cannot write to the home {file}/below", ended.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_EngineThatDoesNotStart_SaysWhyAndStopsTheRest()
    {
        // A cluster of another version: PostgreSQL says so and ends.
        var data = Directory.CreateDirectory(Path.Combine(home, "postgres", "data"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(Path.Combine(data.FullName, "PG_VERSION"), "9\n");
        var ended = await Programs.RunAsync(Programs.Stack, ["up"], ("KP_HOME", home), ("KP_PORT_BASE", $"{Ports.Take(8)}"));

        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith("kp: postgres does not start: ", ended.Reason, StringComparison.Ordinal);
        Assert.Contains("./kp logs postgres", ended.Hint, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(home, "stack.json")));
    }

    [Fact]
    public async Task Up_AsAnOrdinaryUser_Works()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "the other tests run as an ordinary user already");
        string[] nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
        var reads = await Programs.RunToEndAsync(Programs.Describe([.. nobody, "test", "-r", Programs.Stack]));
        Assert.SkipUnless(reads.ExitCode == 0, "the clone lies where an ordinary user may not look");

        await using var stack = await StackProcess.StartAsync(nobody, ("HOME", home));
        Assert.True(stack.Ready.GetProperty("ready").GetBoolean());
    }
}
