using BenchmarkDotNet.Running;
using KpTelemetry.Benchmarks;
using KpTelemetry.Benchmarks.Access;
using KpTelemetry.Benchmarks.Import;
using KpTelemetry.Benchmarks.Utility;

switch (args)
{
    case ["access", .. var rest]:
        return await RecordThroughput.RunAsync(rest);
    case ["answers", .. var rest]:
        return await RecordAnswers.RunAsync(rest);
    case ["broker"]:
        return BrokerThroughput.Run();
    case ["import", .. var rest]:
        return await ImportThroughput.RunAsync(rest);
    case ["fold"]:
        BenchmarkRunner.Run<FoldBenchmark>();
        return 0;
    case ["fold", "cpu"]:
        return FoldBenchmark.TellProcessorTime();
    case ["ingest"]:
        BenchmarkRunner.Run<IngestBenchmark>();
        return 0;
    case ["utility"]:
        return UtilityReport.Run();
    default:
        await Console.Error.WriteLineAsync("usage: benchmarks access [EVENTS]|answers [ENTRIES [MINUTES]]|broker|fold [cpu]|import [LINES]|ingest|utility");
        return 2;
}
