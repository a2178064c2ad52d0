using System.Net;
using KpTelemetry.Platform.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Platform.Hosting;

/// <summary>What a service is to the host.</summary>
/// <param name="Name">As metrics, traces and logs name it, such as <c>ingest</c>.</param>
/// <param name="Port">Where it serves; null when it serves nothing but its operations.</param>
/// <param name="OperationsPort">Where health, metrics and version answer.</param>
public sealed record ServiceIdentity(string Name, int? Port, int OperationsPort);

/// <summary>What every service has in common: settings, listeners, limits, telemetry of its own, health, and how it ends.</summary>
public static class ServiceHost
{
    private const int HeaderBytes = 16 * 1024;

    /// <summary>
    /// Composes and runs a service until it is told to stop. Returns the exit code: 1, with one line on stderr, when it
    /// cannot start for a reason that the operator can mend.
    /// </summary>
    public static async Task<int> RunAsync(
        string[] args,
        Func<KpSettings, ServiceIdentity> identify,
        Action<WebApplicationBuilder, KpSettings> compose,
        Action<WebApplication> map)
    {
        try
        {
            var settings = KpSettings.FromEnvironment();
            var builder = CreateBuilder(args, settings, identify(settings));
            compose(builder, settings);
            var app = builder.Build();
            app.UseOperations(identify(settings));
            map(app);
            await app.RunAsync();
            return 0;
        }
        catch (SettingsException problem)
        {
            return await FailAsync(problem.Message, "docs/SETTINGS.md lists every setting");
        }
        catch (IOException problem) when (problem.InnerException is AddressInUseException)
        {
            return await FailAsync("a port of this service is taken", "choose another KP_PORT_BASE, or stop what listens there");
        }
    }

    /// <summary>A builder with what every service has. Used directly by tests.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] args, KpSettings settings, ServiceIdentity identity)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(identity);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(10));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestHeadersTotalSize = HeaderBytes;
            if (identity.Port is { } port)
                kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Listen(IPAddress.Loopback, identity.OperationsPort);
        });
        builder.Logging.AddServiceLogging();
        builder.Services.AddServiceTelemetry(identity);
        builder.Services.AddHealthChecks();
        return builder;
    }

    private static async Task<int> FailAsync(string reason, string hint)
    {
        await Console.Error.WriteLineAsync(reason);
        await Console.Error.WriteLineAsync($"hint: {hint}");
        return 1;
    }
}
