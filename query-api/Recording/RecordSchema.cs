using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.QueryApi.Recording;

/// <summary>
/// Brings the record's tables up to date before the first request: this service records from its first answer on. What is
/// only a list of what the record says is made so again.
/// </summary>
public sealed partial class RecordSchema(RecordStore store, AccessRecord record, SubjectRequests requests, ILogger<RecordSchema> log) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await store.ApplySchemaAsync(cancellationToken);
        await record.WarmUpAsync(cancellationToken);
        if (await requests.MendListAsync(cancellationToken) is > 0 and var rows)
            Mended(rows);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Warning, "{Rows} rows of the list of requests were not what the record says: somebody changed the table, and they were made anew")]
    private partial void Mended(int rows);
}
