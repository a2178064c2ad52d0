using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.QueryApi.Recording;

/// <summary>Brings the record's tables up to date before the first request: this service records from its first answer on.</summary>
public sealed class RecordSchema(RecordStore store, AccessRecord record) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await store.ApplySchemaAsync(cancellationToken);
        await record.WarmUpAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
