using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KpTelemetry.Ingest.Starting;

/// <summary>Ready when requests can be taken; degraded, and still ready, while groups go through the spool.</summary>
public sealed class IngestHealth(Ingestion ingestion) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        !ingestion.IsReady ? HealthCheckResult.Unhealthy(ingestion.Waiting)
        : ingestion.Lanes.IsSpooling ? HealthCheckResult.Degraded("Kafka does not take everything: groups go through the spool")
        : HealthCheckResult.Healthy("takes requests"));
}
