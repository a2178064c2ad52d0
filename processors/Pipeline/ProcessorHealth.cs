using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KpTelemetry.Processors.Pipeline;

/// <summary>Whether every partition of this process gets on, in words.</summary>
public sealed class ProcessorHealth : IHealthCheck
{
    private readonly ConcurrentDictionary<int, string> _waiting = [];
    private volatile string? _notStarted = "starting";

    /// <summary>The stores' migrations are applied and the topic is known.</summary>
    public void Started() => _notStarted = null;

    /// <summary>What the start waits for.</summary>
    public void Starting(string waitingFor) => _notStarted = waitingFor;

    /// <summary>The partition got on.</summary>
    public void Working(int partition) => _waiting.TryRemove(partition, out _);

    /// <summary>The partition does not get on.</summary>
    public void Waiting(int partition, Exception failure) => _waiting[partition] = failure.GetType().Name;

    /// <summary>The partition is no longer this process's.</summary>
    public void Gone(int partition) => _waiting.TryRemove(partition, out _);

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (_notStarted is { } reason)
            return Task.FromResult(HealthCheckResult.Unhealthy(reason));
        return Task.FromResult(_waiting.IsEmpty
            ? HealthCheckResult.Healthy("counting")
            : HealthCheckResult.Unhealthy("waiting for a store: " + string.Join(", ", _waiting.OrderBy(entry => entry.Key).Select(entry => $"partition {entry.Key} ({entry.Value})"))));
    }
}
