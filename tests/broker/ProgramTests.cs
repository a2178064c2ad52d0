using System.Net;
using System.Net.Sockets;

namespace KpTelemetry.Broker.Tests;

public sealed class ProgramTests
{
    [Fact]
    public async Task A_taken_port_is_one_line_and_exit_code_1()
    {
        using var home = new TestHome();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var (code, error) = await BrokerProcess.RunAsync("--home", home, "--port", $"{port}");
        Assert.Equal(1, code);
        Assert.Contains($"port {port}", Assert.Single(Lines(error)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_in_use_is_one_line_and_exit_code_1_and_a_terminated_broker_exits_with_0()
    {
        using var home = new TestHome();
        using var first = await BrokerProcess.StartAsync(home);
        var (code, error) = await BrokerProcess.RunAsync("--home", home, "--port", "0");
        Assert.Equal(1, code);
        Assert.Contains("in use", Assert.Single(Lines(error)), StringComparison.Ordinal);
        Assert.Equal(0, await first.TerminateAsync());
        using var next = await BrokerProcess.StartAsync(home);
    }

    [Theory]
    [InlineData("--port", "0")]
    [InlineData("--home", "x", "--port", "70000")]
    [InlineData("--home", "x", "--retention-hours")]
    [InlineData("--unknown", "x")]
    public async Task Wrong_arguments_are_told_with_exit_code_2(params string[] arguments)
    {
        var (code, error) = await BrokerProcess.RunAsync(arguments);
        Assert.Equal(2, code);
        Assert.Contains("usage", error, StringComparison.Ordinal);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
