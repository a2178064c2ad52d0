using KpTelemetry.Audit;
using KpTelemetry.Audit.ReadingLines;
using KpTelemetry.Platform.Hosting;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Settings;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Assets;
using KpTelemetry.QueryApi.Auditing;
using KpTelemetry.QueryApi.Books;
using KpTelemetry.QueryApi.Dashboards;
using KpTelemetry.QueryApi.Granting;
using KpTelemetry.QueryApi.Limits;
using KpTelemetry.QueryApi.Policies;
using KpTelemetry.QueryApi.Problems;
using KpTelemetry.QueryApi.Querying;
using KpTelemetry.QueryApi.Recording;
using KpTelemetry.QueryApi.Reference;
using KpTelemetry.QueryApi.SigningIn;
using KpTelemetry.QueryApi.Subjects;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;
using Npgsql;

namespace KpTelemetry.QueryApi;

/// <summary>The query API and the dashboards, put together.</summary>
public static class QueryApiService
{
    /// <summary>The policy of pages: a session, not a token.</summary>
    public const string Pages = "pages";

    /// <summary>Adds what the service is made of.</summary>
    public static void Compose(WebApplicationBuilder builder, KpSettings settings)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = RequestLimits.BodyBytes);
        var services = builder.Services;
        services.AddSingleton(_ => NpgsqlDataSource.Create(settings.Postgres));
        services.AddSingleton(provider => KeyStore.Open(settings.KeysDirectory, provider.GetRequiredService<TimeProvider>()));
        services.AddAccessRecord();
        services.AddHostedService<RecordSchema>();
        services.AddSigningIn(settings);
        services.AddRequestLimits();
        services.AddRazorComponents();
        services.AddAntiforgery();
        services.AddOpenApi("v1", options => options.AddDocumentTransformer<OpenApiInformation>());
        services.AddQuerying();
        services.AddSingleton<IdentifiedLines>().AddSingleton<LineReading>().AddHostedService<EndGrantsWhenDue>();
        services.AddSingleton<PolicyShelf>().AddSingleton<BookReader>().AddSingleton<FigureReader>().AddSingleton<DashboardPages>().AddSingleton<RequestPages>();
    }

    /// <summary>Maps what the service answers.</summary>
    public static void Map(WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseMiddleware<ProblemAnswers>();
        app.UseRouting();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseAntiforgery();

        var api = app.MapGroup("/api/v1").AddEndpointFilter<RecordReads>();
        AuditEndpoints.Map(api);
        ActivityEndpoints.Map(api);
        ProofEndpoints.Map(api);
        ExportEndpoint.Map(api);
        MemberEndpoints.Map(api);
        GrantEndpoints.Map(api);
        PipelineEndpoint.Map(api);
        PolicyEndpoints.Map(api);
        RequestEndpoints.Map(api);
        HoldEndpoints.Map(api);
        // What is done is on the record as that, by whatever does it.
        var acts = app.MapGroup("/api/v1").AddEndpointFilter<RecordRefusals>();
        GrantEndpoints.MapCommands(acts);
        LinesEndpoint.Map(acts);
        PolicyEndpoints.MapPublishing(acts);
        RequestEndpoints.MapCommands(acts);
        HoldEndpoints.MapCommands(acts);
        DisclosureEndpoints.MapCommands(acts);
        api.MapQuerying();
        var pages = app.MapGroup(string.Empty).RequireAuthorization(Pages).ExcludeFromDescription().AddEndpointFilter<RecordReads>();
        DashboardPages.Map(pages);
        RequestPages.Map(pages);
        CasesPages.Map(pages);
        ActivityPages.Map(pages);
        var forms = app.MapGroup(string.Empty).RequireAuthorization(Pages).ExcludeFromDescription().AddEndpointFilter<RecordRefusals>();
        RequestPages.MapForms(forms);
        CasesPages.MapForms(forms);
        SignInEndpoints.Map(app);
        AssetFiles.Map(app);
        ReferencePages.Map(app);
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        app.RequireDecisions();
    }

    private static void AddSigningIn(this IServiceCollection services, KpSettings settings)
    {
        services.AddSingleton<BearerTokens>().AddSingleton<IConfigureOptions<JwtBearerOptions>>(provider => provider.GetRequiredService<BearerTokens>());
        services.AddSingleton<Sessions>().AddSingleton<SignInEndpoints>().AddHostedService<SignOffAfterInactivity>();
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer().AddDashboardCookie();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, Refusals>();
        services.AddAuthorizationBuilder()
            .AddPolicy(Pages, policy => policy.AddAuthenticationSchemes(CookieAuthenticationDefaults.AuthenticationScheme).RequireAuthenticatedUser());
        DurableFile.CreatePrivateDirectory(DashboardCookie.KeysDirectory(settings));
        services.AddDataProtection().SetApplicationName("kp-dashboards").PersistKeysToFileSystem(new DirectoryInfo(DashboardCookie.KeysDirectory(settings)));
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>, WrappedCookieKeys>();
    }
}
