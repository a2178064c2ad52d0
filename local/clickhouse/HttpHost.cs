using System.Net;
using KpTelemetry.Local.ClickHouse.Engine;
using KpTelemetry.Local.ClickHouse.Http;
using KpTelemetry.Local.ClickHouse.Options;
using KpTelemetry.Local.ClickHouse.Refusing;
using KpTelemetry.Local.ClickHouse.Running;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KpTelemetry.Local.ClickHouse;

/// <summary>Puts the engine behind HTTP and keeps it there until a signal.</summary>
internal static class HttpHost
{
    /// <summary>Serves until SIGTERM or SIGINT, then lets statements end, or ends them.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task RunAsync(EmbeddedEngine engine, int port, TextWriter output, TimeProvider time)
    {
        using var slots = new StatementSlots();
        var running = new RunningStatements(engine);
        await using var app = Build(port);
        Map(app, new StatementEndpoint(engine, new StatementGuard(engine.Catalog), slots, running, time));
        using var drain = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var kill = drain.Token.UnsafeRegister(_ => running.KillAll(), null);
        await using var stopping = app.Lifetime.ApplicationStopping.UnsafeRegister(_ => drain.CancelAfter(Limits.Drain), null);
        // A statement blocks the thread that runs it; the pool must not wait to grow before it takes the next one.
        ThreadPool.SetMinThreads(Limits.RunningStatements + 16, 4);
        await app.StartAsync();
        await output.WriteLineAsync($"listening on 127.0.0.1:{new Uri(app.Urls.First()).Port}");
        await output.FlushAsync();
        await app.WaitForShutdownAsync();
    }

    private static WebApplication Build(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.AddServerHeader = false;
            // Data stream through with a bound of their own; the longest statement and URL are bounded below.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MaxRequestLineSize = Limits.RequestLineBytes;
            kestrel.Limits.MaxRequestBufferSize = Limits.RequestLineBytes + 65_536;
            kestrel.Limits.MaxConcurrentConnections = 1_000;
            kestrel.Limits.MinResponseDataRate = new MinDataRate(240, TimeSpan.FromSeconds(30));
        });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(x => x.ShutdownTimeout = Limits.Stop);
        return builder.Build();
    }

    private static void Map(WebApplication app, StatementEndpoint statements)
    {
        app.Use(async (context, next) =>
        {
            if (LoopbackOnly.Admits(context.Request)) await next(context);
            else context.Response.StatusCode = StatusCodes.Status403Forbidden;
        });
        app.UseRouting();
        app.MapMethods("/ping", ["GET", "HEAD"], context => context.Response.WriteAsync("Ok.\n"));
        app.MapMethods("/", ["GET", "HEAD", "POST"], statements.HandleAsync);
    }
}
