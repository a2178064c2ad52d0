using BenchmarkDotNet.Running;
using KpTelemetry.Benchmarks;
using KpTelemetry.Benchmarks.Import;

switch (args)
{
    case ["broker"]:
        return BrokerThroughput.Run();
    case ["import", .. var rest]:
        return await ImportThroughput.RunAsync(rest);
    case ["fold"]:
        BenchmarkRunner.Run<FoldBenchmark>();
        return 0;
    case ["ingest"]:
        BenchmarkRunner.Run<IngestBenchmark>();
        return 0;
    default:
        await Console.Error.WriteLineAsync("usage: benchmarks broker|fold|import [LINES]|ingest");
        return 2;
}
