using System.Diagnostics;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Tests.Engines;

namespace KpTelemetry.Stack.Tests.Running;

/// <summary>However a stack ends, nothing of it stays behind.</summary>
public sealed class StoppingTests
{
    private const int Hangup = 1;

    [Fact]
    public async Task Down_StopsEverythingAndTheEphemeralHomeIsGone()
    {
        await using var stack = await StackProcess.StartAsync();
        var everyone = stack.Everyone();
        var ended = await Programs.RunAsync(Programs.Cli, ["down"], stack.Environment);

        Assert.Equal(0, ended.ExitCode);
        Assert.DoesNotContain(everyone, process => process.IsAlive());
        Assert.Equal(0, await stack.EndAsync());
        Assert.False(Directory.Exists(stack.Home.Directory));
    }

    [Fact]
    public async Task KillOfTheSupervisor_TakesEverythingAlong()
    {
        await using var stack = await StackProcess.StartAsync();
        var everyone = stack.Everyone();
        stack.Signal(Signals.Kill);
        await stack.EndAsync();

        await Until.HoldsAsync(() => !everyone.Any(process => process.IsAlive()), "no process of the killed stack is left");
    }

    [Theory]
    [InlineData(Signals.Interrupt)]
    [InlineData(Hangup)]
    public async Task SignalWhileStarting_StopsWhatHasStarted(int signal)
    {
        var home = new StackHome(Directory.CreateTempSubdirectory("kp-stopping-").FullName, Ports.Take(8));
        using var process = Process.Start(Programs.Describe(
            ["dotnet", Programs.Stack, "up"], ("KP_HOME", home.Directory), ("KP_PORT_BASE", $"{home.PortBase}")))!;
        var output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await Until.HoldsAsync(() => Started(home).Any(), "a process of the stack has started");
        var started = Started(home);
        Signals.Send(ProcessIdentity.Of(process.Id)!, signal);
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        Assert.DoesNotContain(started, one => one.IsAlive());
        Assert.False(File.Exists(home.RunFile));
        await output;
        Directory.Delete(home.Directory, recursive: true);
    }

    private static List<ProcessIdentity> Started(StackHome home) =>
        [.. (RunFile.ReadLive(home)?.Processes ?? []).Select(process => process.Process).OfType<ProcessIdentity>()];
}
