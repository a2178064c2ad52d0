using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace KpTelemetry.ClickHouse.Tests;

/// <summary>The host as users run it: a process with a data directory of its own on a free port.</summary>
internal sealed partial class HostProcess : IAsyncDisposable
{
    private readonly Process _process;

    private readonly bool _keepHome;

    private HostProcess(Process process, string home, int port, bool keepHome)
    {
        _process = process;
        _keepHome = keepHome;
        Home = home;
        Port = port;
        Http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(10) };
    }

    public string Home { get; }
    public int Port { get; }
    public HttpClient Http { get; }
    public int ProcessId => _process.Id;

    /// <summary>The library as npm installed it at the repository's root.</summary>
    public static string Library { get; } = FindLibrary();

    public static string NewHome() => Directory.CreateTempSubdirectory("chhost-test-").FullName;

    /// <summary>Starts the host and waits until it says that it answers.</summary>
    public static async Task<HostProcess> StartAsync(string? home = null, bool keepHome = false)
    {
        home ??= NewHome();
        var process = Launch("--home", home, "--port", "0", "--library", Library);
        var line = await process.StandardOutput.ReadLineAsync();
        if (line is null || !line.StartsWith("listening on 127.0.0.1:", StringComparison.Ordinal))
            throw new InvalidOperationException($"The host did not start: {await process.StandardError.ReadToEndAsync()}");
        return new HostProcess(process, home, int.Parse(line.AsSpan(line.LastIndexOf(':') + 1), CultureInfo.InvariantCulture), keepHome);
    }

    /// <summary>Runs the program with these arguments.</summary>
    public static Process Launch(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "KpTelemetry.Local.ClickHouse.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Kills the process as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks the process to stop, and returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        _ = Signal(_process.Id, 15);
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Resident memory in bytes.</summary>
    public long ResidentBytes()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    /// <summary>Posts a statement and returns the whole answer as text.</summary>
    public async Task<string> QueryAsync(string statement, string parameters = "")
    {
        using var response = await PostAsync(statement, parameters);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? text : throw new InvalidOperationException(text);
    }

    public Task<HttpResponseMessage> PostAsync(string statement, string parameters = "") =>
        Http.PostAsync(new Uri($"/?{parameters}", UriKind.Relative), new StringContent(statement));

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
        if (!_keepHome) Directory.Delete(Home, recursive: true);
    }

    private static string FindLibrary()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "KpTelemetry.sln"))) continue;
            var packages = Path.Combine(folder.FullName, "node_modules", "@chdb");
            return Directory.GetFiles(packages, "libchdb.so", SearchOption.AllDirectories).Single();
        }
        throw new DirectoryNotFoundException("the repository's root");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}

/// <summary>One host for all tests that do not end it.</summary>
public sealed class SharedHost : IAsyncLifetime
{
    private HostProcess? _host;
    private int _tables;

    internal HostProcess Host => _host ?? throw new InvalidOperationException("not started");

    /// <summary>A table name of the caller's own.</summary>
    public string NewTable() => string.Create(CultureInfo.InvariantCulture, $"t{Interlocked.Increment(ref _tables)}");

    public async ValueTask InitializeAsync() => _host = await HostProcess.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
    }
}
