using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace KpTelemetry.Platform.Hosting;

/// <summary>A service's own metrics, traces and logs: OpenTelemetry, Prometheus on the operations port, OTLP where an endpoint is set.</summary>
public static class ServiceTelemetry
{
    /// <summary>Meters and activity sources of this project are named <c>KpTelemetry.PART</c>.</summary>
    public const string SourcePrefix = "KpTelemetry.*";

    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Adds metrics and traces under the service's name.</summary>
    public static IServiceCollection AddServiceTelemetry(this IServiceCollection services, ServiceIdentity identity)
    {
        // A trace that a caller begins could carry who the caller is: every request begins a new root.
        services.AddSingleton<DistributedContextPropagator>(new NewRootPropagator());
        Sdk.SetDefaultTextMapPropagator(new CompositeTextMapPropagator([]));

        var exportsOtlp = Environment.GetEnvironmentVariable(OtlpEndpoint) is { Length: > 0 };
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService($"kp-{identity.Name}"))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(SourcePrefix).AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter();
                if (exportsOtlp)
                    metrics.AddOtlpExporter();
            })
            .WithTracing(traces =>
            {
                if (!exportsOtlp)
                    return;
                traces.AddSource(SourcePrefix).AddSource("Npgsql").AddAspNetCoreInstrumentation().AddProcessor(new KeepKnownTags()).AddOtlpExporter();
            });
        return services;
    }

    /// <summary>One line a message on stdout, UTC; the framework's own chatter, which names paths, from warnings on.</summary>
    public static ILoggingBuilder AddServiceLogging(this ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.AddFilter("Microsoft", LogLevel.Warning);
        // A check that fails is told by /health/ready to whoever asks; each asking would otherwise log an error.
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        logging.AddFilter("System", LogLevel.Warning);
        logging.AddFilter("Npgsql", LogLevel.Warning);
        return logging;
    }

    private sealed class NewRootPropagator : DistributedContextPropagator
    {
        public override IReadOnlyCollection<string> Fields => [];

        public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
        {
        }

        public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) =>
            (traceId, traceState) = (null, null);

        public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
    }
}
