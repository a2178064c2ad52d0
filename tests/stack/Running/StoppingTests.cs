using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Stack.Tests.Running;

/// <summary>However a stack ends, nothing of it stays behind.</summary>
public sealed class StoppingTests
{
    private const int Hangup = 1;

    [Theory]
    [InlineData(Signals.Term)]
    [InlineData(Signals.Interrupt)]
    [InlineData(Hangup)]
    public async Task Signal_StopsEverythingAndRemovesTheEphemeralHome(int signal)
    {
        await using var stack = await StackProcess.StartAsync();
        var everyone = stack.Everyone();
        stack.Signal(signal);

        Assert.Equal(0, await stack.EndAsync());
        Assert.DoesNotContain(everyone, process => process.IsAlive());
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

    [Fact]
    public async Task Down_StopsTheStack()
    {
        await using var stack = await StackProcess.StartAsync();
        var everyone = stack.Everyone();
        var ended = await Programs.RunAsync(Programs.Cli, ["down"], stack.Environment);

        Assert.Equal(0, ended.ExitCode);
        Assert.DoesNotContain(everyone, process => process.IsAlive());
        Assert.Equal(0, await stack.EndAsync());
    }
}
