using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KpTelemetry.Platform.Hosting;

/// <summary>
/// The operations port: <c>/health/live</c> (the process answers), <c>/health/ready</c> (every registered check passes,
/// with words for each), <c>/metrics</c> (Prometheus), <c>/version</c>. Nothing else answers there, and none of it
/// answers on the service's own port.
/// </summary>
public static class Operations
{
    /// <summary>Splits the operations port off, before anything the service maps.</summary>
    public static void UseOperations(this WebApplication app, ServiceIdentity identity) =>
        app.MapWhen(context => context.Connection.LocalPort == identity.OperationsPort, MapOperations);

    private static void MapOperations(IApplicationBuilder operations)
    {
        operations.UseHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteHealthAsync });
        operations.UseHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteHealthAsync });
        operations.UseOpenTelemetryPrometheusScrapingEndpoint("/metrics");
        operations.Map("/version", version => version.Run(context => context.Response.WriteAsJsonAsync(new { version = Version })));
        operations.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }

    private static string Version { get; } =
        Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static Task WriteHealthAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        var body = new
        {
            status = report.Status.ToString().ToLowerInvariant(),
            checks = report.Entries.ToDictionary(
                entry => entry.Key,
                entry => new { status = entry.Value.Status.ToString().ToLowerInvariant(), description = entry.Value.Description }),
        };
        return context.Response.WriteAsync(JsonSerializer.Serialize(body));
    }
}
