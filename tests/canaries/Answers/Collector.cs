using System.Collections.Concurrent;
using System.IO.Compression;
using KpTelemetry.Tests.Engines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Canaries.Tests.Answers;

/// <summary>Takes what services export by OTLP over HTTP, on loopback, and keeps it.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Kind, byte[] Body)> _taken = [];

    private Collector(WebApplication app, Uri address) => (_app, Address) = (app, address);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>The settings that have a service export to it.</summary>
    public Dictionary<string, string> Settings => new(StringComparer.Ordinal)
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Address.AbsoluteUri,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "2000",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        ["OTEL_BSP_MAX_QUEUE_SIZE"] = "100000",
    };

    /// <summary>What was exported: traces, metrics or logs.</summary>
    public IEnumerable<(string Kind, byte[] Body)> Taken => _taken;

    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        var address = new Uri($"http://127.0.0.1:{Ports.Take()}");
        builder.WebHost.UseUrls(address.AbsoluteUri);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var collector = new Collector(app, address);
        app.MapPost("/v1/{kind}", collector.TakeAsync);
        await app.StartAsync();
        return collector;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task<IResult> TakeAsync(string kind, HttpRequest request)
    {
        var isCompressed = request.Headers.ContentEncoding == "gzip";
        await using var content = isCompressed ? new GZipStream(request.Body, CompressionMode.Decompress) : request.Body;
        using var body = new MemoryStream();
        await content.CopyToAsync(body, request.HttpContext.RequestAborted);
        _taken.Enqueue((kind, body.ToArray()));
        return Results.Bytes([], "application/x-protobuf");
    }
}
