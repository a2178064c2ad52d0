using KpTelemetry.Ingest.Access;
using KpTelemetry.Ingest.Answering;
using KpTelemetry.Ingest.Authorising;
using KpTelemetry.Ingest.Choosing;
using KpTelemetry.Ingest.Logs;
using KpTelemetry.Ingest.Members;
using KpTelemetry.Ingest.Pixel;
using KpTelemetry.Ingest.Policies;
using KpTelemetry.Ingest.Rebuilding;
using KpTelemetry.Ingest.Replaying;
using KpTelemetry.Ingest.Sending;
using KpTelemetry.Ingest.Sites;
using KpTelemetry.Ingest.Sources;
using KpTelemetry.Ingest.Starting;
using KpTelemetry.Platform.Hosting;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Settings;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Npgsql;

namespace KpTelemetry.Ingest;

/// <summary>The composition of the service.</summary>
public static class IngestService
{
    private const string Keyed = "/v1";
    private const int MostSmallBodyBytes = 1024 * 1024;

    /// <summary>Bytes a second, on average, under which a body is given up.</summary>
    private const int SlowestBody = 8 * 1024;

    /// <summary>What the service is to its host.</summary>
    public static ServiceIdentity Identify(KpSettings settings) => new("ingest", settings.IngestPort, settings.IngestOperationsPort);

    /// <summary>Adds everything that ingest is made of.</summary>
    public static void Compose(WebApplicationBuilder builder, KpSettings settings, IngestSettings ingest)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = LogBody.MaxBytes;
            // A body that trickles holds one of the few places where requests are read.
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(SlowestBody, gracePeriod: TimeSpan.FromSeconds(3));
        });
        builder.Services.AddSingleton(ingest);
        builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(settings.Postgres));
        builder.Services.AddSingleton(provider => KeyStore.Open(settings.KeysDirectory, provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<LaneOptions>();
        builder.Services.AddSingleton<LaneMetrics>();
        builder.Services.AddSingleton<LogMetrics>();
        builder.Services.AddSingleton<PixelMetrics>();
        builder.Services.AddSingleton<AccessMetrics>();
        builder.Services.AddSingleton<IngestKeys>();
        builder.Services.AddSingleton<ImportRegister>();
        builder.Services.AddSingleton<ProgressReader>();
        builder.Services.AddSingleton<SentRanges>();
        builder.Services.AddSingleton<ImportEnding>();
        builder.Services.AddSingleton<RejectedLedger>();
        builder.Services.AddSingleton<Replay>();
        builder.Services.AddSingleton<RebuildRegister>();
        builder.Services.AddSingleton<LogsEndpoint>();
        builder.Services.AddSingleton<AccessEndpoint>();
        builder.Services.AddSingleton<PixelEndpoint>();
        builder.Services.AddSingleton<PolicyDirectory>();
        builder.Services.AddSingleton<SiteDirectory>();
        builder.Services.AddHostedService(services => services.GetRequiredService<SiteDirectory>());
        builder.Services.AddSingleton<MemberRegister>();
        builder.Services.AddHostedService(services => services.GetRequiredService<MemberRegister>());
        builder.Services.AddSingleton<SignalMetrics>();
        builder.Services.AddSingleton<ChoicesEndpoint>();
        builder.Services.AddSingleton<Ingestion>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Ingestion>());
        builder.Services.AddHealthChecks().AddCheck<IngestHealth>("ingest");
    }

    /// <summary>Maps what answers.</summary>
    public static void Map(WebApplication app)
    {
        app.UseProblemAnswers();
        app.UseForwardedHeaders(Forwarding(app.Services.GetRequiredService<IngestSettings>()));
        app.Use((http, next) => app.Services.GetRequiredService<Ingestion>().IsReady ? next(http) : Problem.NotReady.ExecuteAsync(http));
        // Made at start, so that the key's file is there before the first request needs it.
        var keys = app.Services.GetRequiredService<IngestKeys>();
        // Routes match whatever the case of their letters, and so does this.
        app.Use((http, next) => !http.Request.Path.StartsWithSegments(Keyed, StringComparison.OrdinalIgnoreCase) || keys.Allows(http) ? next(http) : Problem.Unauthorized.ExecuteAsync(http));
        app.UseRouting();
        app.MapGet("/b.gif", app.Services.GetRequiredService<PixelEndpoint>().TakeAsync);
        app.MapPost("/v1/logs", app.Services.GetRequiredService<LogsEndpoint>().TakeAsync);
        var small = app.MapGroup("").WithMetadata(new RequestSizeLimitAttribute(MostSmallBodyBytes));
        small.MapSites();
        small.MapSources();
        small.MapMembers();
        small.MapPost("/v1/access", app.Services.GetRequiredService<AccessEndpoint>().TakeAsync).Accepts<ToldAccess[]>("application/json");
        small.MapChoices();
        small.MapRejected();
        small.MapRebuilds();
    }

    private static ForwardedHeadersOptions Forwarding(IngestSettings settings)
    {
        var options = new ForwardedHeadersOptions { ForwardedHeaders = settings.TrustedProxies.Count == 0 ? ForwardedHeaders.None : ForwardedHeaders.XForwardedFor, ForwardLimit = null };
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        foreach (var network in settings.TrustedProxies)
            options.KnownIPNetworks.Add(network);
        return options;
    }
}
