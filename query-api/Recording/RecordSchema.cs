using KpTelemetry.Audit.Storing;

namespace KpTelemetry.QueryApi.Recording;

/// <summary>Brings the record's tables up to date before the first request: this service records from its first answer on.</summary>
public sealed class RecordSchema(RecordStore store) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => store.ApplySchemaAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
