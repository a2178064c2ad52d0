using System.Data.Common;
using KpTelemetry.Audit.RecordingReads;

namespace KpTelemetry.QueryApi.Problems;

/// <summary>Gives every answer that failed a body: problem+json for programs, a page for people.</summary>
public sealed partial class ProblemAnswers(RequestDelegate next, ILogger<ProblemAnswers> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (Exception failure) when (!http.Response.HasStarted)
        {
            http.Response.Clear();
            http.Response.StatusCode = StatusOf(failure);
        }

        if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null })
            await WriteAsync(http);
    }

    private int StatusOf(Exception failure)
    {
        switch (failure)
        {
            case BadHttpRequestException bad:
                return bad.StatusCode;
            case RecordUnavailableException:
                // The reason's text stays out of the log: a driver's message may quote what was sent.
                RecordNotWritten(failure.InnerException?.GetType().Name ?? failure.GetType().Name);
                return StatusCodes.Status503ServiceUnavailable;
            case DbException or HttpRequestException or IOException or TimeoutException:
                StoreFailed(failure.GetType().Name);
                return StatusCodes.Status503ServiceUnavailable;
            default:
                Failed(failure.GetType().FullName ?? failure.GetType().Name, failure.StackTrace ?? string.Empty);
                return StatusCodes.Status500InternalServerError;
        }
    }

    private static Task WriteAsync(HttpContext http) =>
        IsForPeople(http)
            ? ProblemPage.WriteAsync(http)
            : Problem.WriteAsync(http, http.Response.StatusCode, Problem.Describe(http.Response.StatusCode));

    private static bool IsForPeople(HttpContext http) =>
        !http.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
        && http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    [LoggerMessage(LogLevel.Error, "the access record cannot be written ({Cause}): reads are answered 503 until it can")]
    private partial void RecordNotWritten(string cause);

    [LoggerMessage(LogLevel.Warning, "a store did not answer ({Cause}): the request was answered 503")]
    private partial void StoreFailed(string cause);

    [LoggerMessage(LogLevel.Error, "a request failed: {Cause}\n{Where}")]
    private partial void Failed(string cause, string where);
}
