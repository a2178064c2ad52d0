using KpTelemetry.Audit.Proving;
using KpTelemetry.Audit.PublishingPolicy;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.Storing;
using Microsoft.Extensions.DependencyInjection;

namespace KpTelemetry.Audit;

/// <summary>Composition of the access record.</summary>
public static class RecordServices
{
    /// <summary>
    /// Adds <see cref="RecordStore"/>, <see cref="AccessRecorder"/>, <see cref="AccessRecord"/>,
    /// <see cref="RecordReader"/>, <see cref="RecordProofs"/> and <see cref="PolicyPublications"/>. Needs an NpgsqlDataSource, a KeyStore and a TimeProvider among the services.
    /// </summary>
    public static IServiceCollection AddAccessRecord(this IServiceCollection services) => services
        .AddSingleton<RecordStore>()
        .AddSingleton<AccessRecorder>()
        .AddSingleton(provider => new AccessRecord(provider.GetRequiredService<RecordStore>(), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<RecordReader>()
        .AddSingleton<RecordProofs>()
        .AddSingleton<PolicyPublications>();
}
