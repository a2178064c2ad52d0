using System.Diagnostics;
using System.Text;
using System.Text.Json;
using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.EndToEnd.Tests.Stacks;

/// <summary>A stack of its own: engines and services, started by the program behind <c>kp up</c>.</summary>
public sealed class KpStack : IAsyncDisposable
{
    private const int KeptErrors = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private KpStack(Process process) => _process = process;

    /// <summary>Where it keeps its data.</summary>
    public string Home { get; private set; } = "";

    public Uri Ingest { get; private set; } = null!;

    public Uri QueryApi { get; private set; } = null!;

    public Uri ClickHouse { get; private set; } = null!;

    public string Kafka { get; private set; } = "";

    public string Postgres { get; private set; } = "";

    /// <summary>Starts a stack in a home that ends with it.</summary>
    public static Task<KpStack> StartAsync() => StartAsync(new Dictionary<string, string>(StringComparer.Ordinal));

    /// <summary>Starts a stack in a home that ends with it, with settings of its own.</summary>
    public static Task<KpStack> StartAsync(IReadOnlyDictionary<string, string> settings) => StartAsync(["up", "--ephemeral", "--json"], settings);

    /// <summary>Starts a stack in a home that stays, on ports from a base.</summary>
    public static Task<KpStack> StartAsync(string home, int portBase)
    {
        var settings = Kp.Home(home);
        settings["KP_PORT_BASE"] = portBase.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return StartAsync(["up", "--json"], settings);
    }

    /// <summary>One of its processes as it is now; null while it is being started again.</summary>
    public int? ProcessId(string name) => Processes.FirstOrDefault(p => p.Name == name)?.Process?.Pid;

    /// <summary>Whether everything answers.</summary>
    public bool AllReady => Processes is { Count: > 0 } all && all.All(p => p.State is ProcessState.Ready);

    /// <summary>What the supervisor told on standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
                return _errors.ToString();
        }
    }

    /// <summary>The ends of its processes' logs, and how each process is.</summary>
    public string Told =>
        string.Join(Environment.NewLine, Processes.Select(process => $"{process.Name}: {process.State}")) + Environment.NewLine
        + string.Join(Environment.NewLine, Directory.GetFiles(Path.Combine(Home, "logs")).Order(StringComparer.Ordinal).Select(EndOf));

    private IReadOnlyList<RunningProcess> Processes => RunFile.ReadLive(new StackHome(Home, 0))?.Processes ?? [];

    /// <summary>Runs a command against this stack.</summary>
    internal Task<KpResult> KpAsync(params string[] arguments) => Kp.RunAsync(Home, arguments);

    /// <summary>Stops it in good order.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            Signals.Terminate(ProcessIdentity.Of(_process.Id)!);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private static async Task<KpStack> StartAsync(string[] arguments, IReadOnlyDictionary<string, string> settings)
    {
        var stack = new KpStack(Kp.Start(Programs.Stack, arguments, settings));
        stack._process.ErrorDataReceived += (_, line) => stack.Keep(line.Data);
        stack._process.BeginErrorReadLine();
        var line = await stack._process.StandardOutput.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(Patience);
        if (line is null)
            throw new InvalidOperationException($"the stack did not start: {stack.Errors}");
        using var ready = JsonDocument.Parse(line);
        stack.Home = ready.RootElement.GetProperty("home").GetString()!;
        stack.Ingest = new Uri(ready.RootElement.GetProperty("ingest").GetString()!);
        stack.QueryApi = new Uri(ready.RootElement.GetProperty("queryApi").GetString()!);
        stack.ClickHouse = new Uri(ready.RootElement.GetProperty("clickHouse").GetString()!);
        stack.Kafka = ready.RootElement.GetProperty("kafka").GetString()!;
        stack.Postgres = ready.RootElement.GetProperty("postgres").GetString()!;
        return stack;
    }

    private static string EndOf(string log) =>
        $"--- {Path.GetFileName(log)}{Environment.NewLine}{string.Join(Environment.NewLine, File.ReadLines(log).TakeLast(40))}";

    private void Keep(string? line)
    {
        lock (_errors)
        {
            if (_errors.Length < KeptErrors)
                _errors.AppendLine(line);
        }
    }
}
