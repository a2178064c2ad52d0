using System.CommandLine;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Local.Stack.Demo;
using KpTelemetry.Local.Stack.Simulate;
using KpTelemetry.Local.Stack.Up;

var root = new RootCommand("KpTelemetry's local stack")
{
    DemoCommand.Create(),
    UpCommand.Create(),
    SimulateCommand.Create(),
};
return await KpCommandLine.RunAsync(root, args, handlesSignals: true);
