using System.Diagnostics;
using KpTelemetry.Local.Broker;
using KpTelemetry.Local.Broker.Requests;

namespace KpTelemetry.Broker.Tests;

/// <summary>The clients of the conformance matrix, each run as its users run it.</summary>
public sealed class ConformanceTests : IAsyncLifetime
{
    private const string Python = "/usr/bin/python3";
    private readonly TestHome _home = new();
    private readonly RecordingLog _log = new();
    private KafkaBroker _broker = null!;

    public async ValueTask InitializeAsync() =>
        _broker = await KafkaBroker.StartAsync(new BrokerOptions { Home = _home, AutoCreateTopics = true, DefaultPartitions = 2 }, log: _log);

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public void The_matrix_names_what_is_offered() =>
        Assert.Equal(ApiTable.All.Values.OrderBy(a => a.Key).Select(a => $"{a.Key} v{a.Least}–v{a.Most}"), Matrix.Column("offered"));

    [Fact]
    public async Task Confluent_Kafka_does_all_that_the_matrix_says()
    {
        await ConfluentTour.RunAsync(_broker.BootstrapServers);
        Matrix.Holds("Confluent.Kafka", _log);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task Kcat_produces_and_consumes(string codec)
    {
        Assert.SkipUnless(await Has("kcat", "-V"), "kcat is not installed (Debian package kcat)");
        var lines = string.Join('\n', Enumerable.Range(1, 500)) + "\n";
        await RunAsync("kcat", ["-b", _broker.BootstrapServers, "-t", "k", "-P", "-p", "0", "-z", codec, "-X", "enable.idempotence=true"], lines);
        Assert.Equal(lines, await RunAsync("kcat", ["-b", _broker.BootstrapServers, "-t", "k", "-C", "-p", "0", "-o", "beginning", "-e", "-q"]));
        var grouped = await RunAsync("kcat", ["-b", _broker.BootstrapServers, "-q", "-X", "auto.offset.reset=earliest", "-c", "500", "-G", "g", "k"]);
        Assert.Equal(lines, grouped);
        Assert.Contains("\"k\" with 2 partitions", await RunAsync("kcat", ["-b", _broker.BootstrapServers, "-L"]), StringComparison.Ordinal);
        Matrix.Holds("kcat", _log);
    }

    [Fact]
    public async Task Python3_kafka_produces_consumes_rebalances_and_administers()
    {
        Assert.SkipUnless(await Has(Python, "-c", "import kafka"), "python3-kafka is not installed (Debian package python3-kafka)");
        Assert.EndsWith("good\n", await RunAsync(Python, [Script("python_client.py"), _broker.BootstrapServers]), StringComparison.Ordinal);
        Matrix.Holds("python3-kafka", _log);
    }

    [Fact]
    public async Task Kafkajs_produces_consumes_rebalances_and_administers()
    {
        Assert.SkipUnless(await Has("node", "--input-type=module", "-e", $"await import('{Script("kafkajs_present.mjs")}')"), "kafkajs is not installed (npm ci)");
        Assert.EndsWith("good\n", await RunAsync("node", [Script("kafkajs_client.mjs"), _broker.BootstrapServers]), StringComparison.Ordinal);
        Matrix.Holds("kafkajs", _log);
    }

    private static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Scripts", name);

    private static async Task<bool> Has(string program, params string[] arguments)
    {
        try
        {
            using var process = Start(program, arguments);
            process.StandardInput.Close();
            await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string input = "")
    {
        using var process = Start(program, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return await output;
    }

    private static Process Start(string program, IEnumerable<string> arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        UseShellExecute = false,
    })!;
}
