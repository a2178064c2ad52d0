using System.Runtime.InteropServices;
using KpTelemetry.Local.Broker;
using Microsoft.Extensions.Logging;

if (CommandLine.Parse(args, out var wrong) is not { } options)
{
    await Console.Error.WriteLineAsync($"{wrong}\n{CommandLine.Usage}");
    return 2;
}

using var logging = LoggerFactory.Create(b => b.AddSimpleConsole(c => c.SingleLine = true).AddConsole(c => c.LogToStandardErrorThreshold = LogLevel.Trace));
var stopAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
try
{
    await using var broker = await KafkaBroker.StartAsync(options, TimeProvider.System, logging.CreateLogger("broker"));
    await Console.Out.WriteLineAsync($"listening on {broker.EndPoint}");
    await Task.WhenAny(stopAsked.Task, broker.Ended);
    return broker.Ended.IsCompleted ? 1 : 0;
}
catch (BrokerStartException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stopAsked.TrySetResult();
}
