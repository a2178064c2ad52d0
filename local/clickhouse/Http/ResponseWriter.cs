using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Local.ClickHouse.Engine;

namespace KpTelemetry.Local.ClickHouse.Http;

/// <summary>Writes one response in the server's manner: headers, result, and an error at whatever point it comes.</summary>
internal sealed class ResponseWriter(HttpContext context, EmbeddedEngine engine, RequestSettings? settings, long started, TimeProvider time)
{
    private readonly string _exceptionTag = RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz", 16);
    private Stream? _body;

    /// <summary>Sends the headers; from here on the status is 200 whatever follows.</summary>
    /// <param name="format">The format of the result, or null where there is none.</param>
    public void Start(string? format, Progress progress)
    {
        var headers = context.Response.Headers;
        CommonHeaders();
        headers["X-ClickHouse-Summary"] = Summary(progress);
        headers["X-ClickHouse-Exception-Tag"] = _exceptionTag;
        if (format is not null)
        {
            headers["X-ClickHouse-Format"] = format;
            headers.ContentType = ContentTypes.Of(format);
        }
        var encoding = settings is { CompressResult: true } ? ResponseEncoding.Choose(context.Request) : null;
        if (encoding is not null) headers.ContentEncoding = encoding;
        _body = ResponseEncoding.Encode(encoding, context.Response.Body);
    }

    /// <summary>Writes a piece of the result, as fast as the client takes it.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellation)
    {
        const int Slice = 64 * 1024;
        while (!piece.IsEmpty)
        {
            var slice = piece[..Math.Min(Slice, piece.Length)];
            await _body!.WriteAsync(slice, cancellation);
            piece = piece[slice.Length..];
        }
    }

    /// <summary>Ends the response whole.</summary>
    public async Task CompleteAsync()
    {
        if (_body is not null && _body != context.Response.Body) await _body.DisposeAsync();
        await context.Response.CompleteAsync();
    }

    /// <summary>
    /// Tells an error. Before the result has begun it has its status; after that it stands at the end of the body,
    /// between marks that the headers announced, and the body stays open, so that no client takes it for whole.
    /// </summary>
    public async Task FailAsync(EngineException error)
    {
        var message = $"{error.Message} (version {engine.Version} (official build))\n";
        if (_body is null)
        {
            CommonHeaders();
            context.Response.StatusCode = HttpStatus.Of(error.Code);
            context.Response.ContentType = "text/plain; charset=UTF-8";
            context.Response.Headers["X-ClickHouse-Exception-Code"] = error.Code.ToString(CultureInfo.InvariantCulture);
            if (error.Code == ErrorCode.TooManySimultaneousQueries) context.Response.Headers.RetryAfter = "1";
            await context.Response.WriteAsync(message);
            return;
        }
        var bytes = Encoding.UTF8.GetByteCount(message);
        var trailer = string.Create(CultureInfo.InvariantCulture,
            $"\r\n__exception__\r\n{_exceptionTag}\r\n{message}{bytes} {_exceptionTag}\r\n__exception__\r\n");
        await _body.WriteAsync(Encoding.UTF8.GetBytes(trailer));
        if (_body != context.Response.Body) await _body.DisposeAsync();
        await context.Response.Body.FlushAsync();
        throw new ResultBrokenException();
    }

    private void CommonHeaders()
    {
        var headers = context.Response.Headers;
        headers["X-ClickHouse-Server-Display-Name"] = "kp-local";
        headers["X-ClickHouse-Timezone"] = engine.Timezone;
        if (settings is not null) headers["X-ClickHouse-Query-Id"] = settings.QueryId;
    }

    private string Summary(Progress p) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"read_rows":"{{p.ReadRows}}","read_bytes":"{{p.ReadBytes}}","written_rows":"{{p.WrittenRows}}","written_bytes":"{{p.WrittenBytes}}","total_rows_to_read":"0","result_rows":"{{p.ResultRows}}","result_bytes":"{{p.ResultBytes}}","elapsed_ns":"{{(long)(time.GetElapsedTime(started).TotalMilliseconds * 1_000_000)}}"}""");
}

/// <summary>Ends a response that has begun and failed: the server then closes the connection without ending the body.</summary>
internal sealed class ResultBrokenException : Exception;
