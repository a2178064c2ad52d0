using KpTelemetry.Audit.AccountingDisclosures;
using KpTelemetry.Audit.ErasingSubjects;
using KpTelemetry.Audit.ExportingSubjects;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.PlacingHolds;
using KpTelemetry.Audit.Proving;
using KpTelemetry.Audit.PublishingPolicy;
using KpTelemetry.Audit.Pushing;
using KpTelemetry.Audit.ReadingActivity;
using KpTelemetry.Audit.ReadingMembers;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.RestrictingSubjects;
using KpTelemetry.Audit.Storing;
using Microsoft.Extensions.DependencyInjection;

namespace KpTelemetry.Audit;

/// <summary>Composition of the access record.</summary>
public static class RecordServices
{
    /// <summary>
    /// Adds <see cref="RecordStore"/>, <see cref="AccessRecorder"/>, <see cref="AccessRecord"/>,
    /// <see cref="RecordReader"/>, <see cref="RecordProofs"/>, <see cref="MemberHandles"/>, <see cref="MemberReader"/>, <see cref="ActivityReader"/>, <see cref="FailureReader"/>, <see cref="GrantBook"/>, <see cref="PolicyPublications"/> and what requests of subjects, holds and disclosures need.
    /// Needs an NpgsqlDataSource, a KeyStore and a TimeProvider among the services.
    /// </summary>
    public static IServiceCollection AddAccessRecord(this IServiceCollection services) => services
        .AddSingleton<RecordStore>()
        .AddSingleton<AccessRecorder>()
        .AddSingleton(provider => new AccessRecord(provider.GetRequiredService<RecordStore>(), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<RecordReader>()
        .AddSingleton<RecordProofs>()
        .AddSingleton<MemberHandles>()
        .AddSingleton<MemberReader>()
        .AddSingleton<ActivityReader>()
        .AddSingleton<FailureReader>()
        .AddSingleton(provider => new GrantBook(provider.GetRequiredService<RecordStore>(), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<PolicyPublications>()
        .AddSingleton<SubjectRequests>()
        .AddSingleton<SubjectRestrictions>()
        .AddSingleton<SubjectErasure>()
        .AddSingleton<SubjectExports>()
        .AddSingleton<LegalHolds>()
        .AddSingleton<Disclosures>();

    /// <summary>Adds the pushing of entries to SIEMs, where <paramref name="settings"/> name any. Needs <see cref="RecordStore"/> and a TimeProvider among the services.</summary>
    public static IServiceCollection AddPushing(this IServiceCollection services, PushSettings settings)
    {
        services.AddSingleton<RecordReader>().AddSingleton<PushMetrics>();
        if (settings.Webhook is { } webhook)
            services.AddSingleton<IPushSink>(provider => new WebhookSink(WebhookSink.Client(), webhook, settings.WebhookSecret, provider.GetRequiredService<TimeProvider>()));
        if (settings.Syslog is { } syslog)
            services.AddSingleton<IPushSink>(_ => new SyslogSink(syslog, Environment.MachineName));
        return services.AddHostedService<PushService>();
    }
}
