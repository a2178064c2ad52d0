using KpTelemetry.Audit.Proving;
using KpTelemetry.Audit.PublishingPolicy;
using KpTelemetry.Audit.Pushing;
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

    /// <summary>Adds the pushing of entries to SIEMs, where <paramref name="settings"/> name any. Needs <see cref="RecordStore"/> and a TimeProvider among the services.</summary>
    public static IServiceCollection AddPushing(this IServiceCollection services, PushSettings settings)
    {
        services.AddSingleton<RecordReader>().AddSingleton<PushMetrics>();
        if (settings.Webhook is { } webhook)
            services.AddSingleton<IPushSink>(provider => new WebhookSink(new HttpClient(), webhook, settings.WebhookSecret, provider.GetRequiredService<TimeProvider>()));
        if (settings.Syslog is { } syslog)
            services.AddSingleton<IPushSink>(_ => new SyslogSink(syslog, Environment.MachineName));
        return services.AddHostedService<PushService>();
    }
}
