using KpTelemetry.Benchmarks;
using KpTelemetry.Benchmarks.Import;

switch (args)
{
    case ["broker"]:
        return BrokerThroughput.Run();
    case ["import", .. var rest]:
        return await ImportThroughput.RunAsync(rest);
    default:
        await Console.Error.WriteLineAsync("usage: benchmarks broker|import [LINES]");
        return 2;
}
