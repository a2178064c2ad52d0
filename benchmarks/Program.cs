using KpTelemetry.Benchmarks;

switch (args)
{
    case ["broker"]:
        return BrokerThroughput.Run();
    default:
        await Console.Error.WriteLineAsync("usage: benchmarks broker");
        return 2;
}
