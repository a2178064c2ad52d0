using System.Diagnostics;

namespace KpTelemetry.Benchmarks;

/// <summary>The embedded broker as a process of its own.</summary>
internal sealed class BrokerProcess : IDisposable
{
    private readonly Process _process;

    private BrokerProcess(Process process, string servers)
    {
        _process = process;
        Servers = servers;
    }

    public string Servers { get; }

    public double ResidentMegabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1e6;
        }
    }

    /// <summary>Seconds of processor time so far: a figure that other programs on the machine do not blur.</summary>
    public double CpuSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    public static BrokerProcess Start(string home)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "KpTelemetry.Local.Broker.dll");
        var start = new ProcessStartInfo("dotnet", [program, "--home", home, "--port", "0"]) { RedirectStandardOutput = true, UseShellExecute = false };
        var process = Process.Start(start)!;
        var line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the broker did not start");
        return new BrokerProcess(process, line[(line.LastIndexOf(' ') + 1)..]);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
