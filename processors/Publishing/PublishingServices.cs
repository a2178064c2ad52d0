using KpTelemetry.Privacy.Release;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KpTelemetry.Processors.Publishing;

/// <summary>Composition of the publisher.</summary>
public static class PublishingServices
{
    /// <summary>Adds the publisher of every site. Needs an <c>NpgsqlDataSource</c>, a <c>ClickHouseStore</c>, a <c>KeyStore</c> and a <c>TimeProvider</c>.</summary>
    public static IServiceCollection AddPublisher(this IServiceCollection services)
    {
        services.TryAddSingleton(ReleasePolicy.InForce);
        services.TryAddSingleton(new PublisherOptions());
        services.AddSingleton<PublisherMetrics>();
        services.AddSingleton<PublisherService>();
        services.AddHostedService(provider => provider.GetRequiredService<PublisherService>());
        services.AddHealthChecks().Add(new HealthCheckRegistration("publisher", provider => new PublisherHealth(provider.GetRequiredService<PublisherService>()), null, null));
        return services;
    }

    private sealed class PublisherHealth(PublisherService service) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(service.IsHealthy
                ? HealthCheckResult.Healthy("every site is decided upon")
                : HealthCheckResult.Unhealthy("the publisher cannot reach its databases, or a site failed and is tried again"));
    }
}
