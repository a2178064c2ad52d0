using KpTelemetry.Benchmarks;
using KpTelemetry.Benchmarks.Import;

switch (args)
{
    case ["broker"]:
        return BrokerThroughput.Run();
    case ["import", .. var rest]:
        return await ImportThroughput.RunAsync(rest);
    case ["fold"]:
        BenchmarkDotNet.Running.BenchmarkRunner.Run<FoldBenchmark>();
        return 0;
    default:
        await Console.Error.WriteLineAsync("usage: benchmarks broker|fold|import [LINES]");
        return 2;
}
