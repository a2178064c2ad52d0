using System.CommandLine;
using KpTelemetry.Local.Stack.Composition;
using KpTelemetry.Local.Stack.Up;

namespace KpTelemetry.Local.Stack.Demo;

/// <summary><c>kp demo</c>: the stack with history and live traffic in it, until Ctrl-C.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var command = new Command("demo", "Start the stack and play a simulated fleet of visitors, until Ctrl-C") { UpCommand.Ephemeral };
        command.SetAction((parsed, _) => StackHost.RunAsync(parsed.GetValue(UpCommand.Ephemeral), PlayAsync, TimeProvider.System));
        return command;
    }

    private static async Task PlayAsync(RunningStack stack, CancellationToken cancel)
    {
        SignIns.Print(stack.Servers.Home, Servers.Address(stack.Servers.QueryApiPort), TimeProvider.System);
        await DemoPlay.RunAsync(stack, new Progress(), TimeProvider.System, cancel);
    }
}
