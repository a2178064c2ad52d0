using System.Diagnostics;
using System.Diagnostics.Metrics;
using KpTelemetry.Canaries.Tests.Answers;
using KpTelemetry.Canaries.Tests.Planting;
using KpTelemetry.Platform.Hosting;
using KpTelemetry.Platform.Settings;
using KpTelemetry.Tests.Engines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace KpTelemetry.Canaries.Tests.Weakened;

/// <summary>A service on the product's own host that logs what it is sent, counts by it, traces it and answers it.</summary>
internal sealed partial class WeakenedService : IAsyncDisposable
{
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string OtlpProtocol = "OTEL_EXPORTER_OTLP_PROTOCOL";

    private const int Patience = 120_000;

    private static readonly ActivitySource Traces = new("KpTelemetry.Weakened");

    private readonly WebApplication _app;
    private readonly ServiceIdentity _identity;
    private readonly TextWriter _console;
    private readonly StreamWriter _log;
    private readonly Counter<long> _visits;

    private WeakenedService(WebApplication app, ServiceIdentity identity, TextWriter console, StreamWriter log)
    {
        (_app, _identity, _console, _log) = (app, identity, console, log);
        _visits = app.Services.GetRequiredService<IMeterFactory>().Create("KpTelemetry.Weakened").CreateCounter<long>("kp_weakened_visits");
    }

    /// <summary>Where it serves.</summary>
    public Uri Address => new($"http://127.0.0.1:{_identity.Port}");

    /// <summary>Where its metrics are.</summary>
    public Uri Operations => new($"http://127.0.0.1:{_identity.OperationsPort}");

    /// <summary>Starts it: its log goes to a file of the home, as the supervisor has it, its exports to the collector.</summary>
    public static async Task<WeakenedService> StartAsync(string home, Collector collector)
    {
        var console = Console.Out;
        var log = new StreamWriter(Path.Combine(home, "logs", "weakened.log"));
        Console.SetOut(log);
        foreach (var (name, value) in collector.Settings)
            Environment.SetEnvironmentVariable(name, value);
        var identity = new ServiceIdentity("weakened", Ports.Take(), Ports.Take());
        var builder = ServiceHost.CreateBuilder([], KpSettings.From(name => name == "KP_HOME" ? home : null), identity);
        var app = builder.Build();
        app.UseOperations(identity);
        app.MapPost("/", async (HttpRequest request) =>
        {
            using var body = new StreamReader(request.Body);
            return Results.Problem($"there is no patient {await body.ReadToEndAsync(request.HttpContext.RequestAborted)}", statusCode: StatusCodes.Status404NotFound);
        });
        await app.StartAsync();
        return new WeakenedService(app, identity, console, log);
    }

    /// <summary>Logs, counts and traces all leaks.</summary>
    public void Leak()
    {
        var logger = _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("KpTelemetry.Weakened");
        foreach (var canary in PlantedLeaks.All)
        {
            LogVisit(logger, canary.Sent);
            _visits.Add(1, new KeyValuePair<string, object?>("visitor", canary.Sent));
            using var trace = Traces.StartActivity($"visit of {canary.Sent}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        // What has not been exported some seconds after the end never is. Metrics go out two ways, of which one answers false.
        Assert.True(_app.Services.GetRequiredService<TracerProvider>().ForceFlush(Patience));
        _app.Services.GetRequiredService<MeterProvider>().ForceFlush(Patience);
        await _app.StopAsync();
        await _app.DisposeAsync();
        Console.SetOut(_console);
        await _log.DisposeAsync();
        Environment.SetEnvironmentVariable(OtlpEndpoint, null);
        Environment.SetEnvironmentVariable(OtlpProtocol, null);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "a visit from {Visitor}")]
    private static partial void LogVisit(ILogger logger, string visitor);
}
