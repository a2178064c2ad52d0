using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;

namespace KpTelemetry.QueryApi.Problems;

/// <summary>Answers of RFC 9457 with a stable type, and with nothing of what was sent.</summary>
public static class Problem
{
    /// <summary>Seconds to wait before another try, where trying again can help.</summary>
    public const int RetryAfterSeconds = 5;

    /// <summary>A problem as the result of an endpoint.</summary>
    public static IResult Result(int status, string detail, IDictionary<string, object?>? more = null)
    {
        var (type, title) = Kind(status);
        return Results.Problem(detail, statusCode: status, title: title, type: type, extensions: more);
    }

    /// <summary>Writes a problem where no endpoint did.</summary>
    public static async Task WriteAsync(HttpContext http, int status, string detail)
    {
        var (type, title) = Kind(status);
        http.Response.StatusCode = status;
        if (status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
            http.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        var problem = new ProblemDetails { Type = type, Title = title, Status = status, Detail = detail };
        await http.Response.WriteAsJsonAsync(problem, JsonSerializerOptions.Web, "application/problem+json", http.RequestAborted);
    }

    /// <summary>What a status means here, for people.</summary>
    public static string Describe(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "The request cannot be read.",
        StatusCodes.Status401Unauthorized => "A bearer token that holds is needed: ./kp token --role ROLE prints one.",
        StatusCodes.Status403Forbidden => "The token's role may not do this. Each role is its own; /docs lists which may do what.",
        StatusCodes.Status404NotFound => "There is nothing here. /docs lists what there is.",
        StatusCodes.Status405MethodNotAllowed => "This does not take that method. /docs lists those it takes.",
        StatusCodes.Status413PayloadTooLarge => "The request is too large.",
        StatusCodes.Status415UnsupportedMediaType => "Send application/json.",
        StatusCodes.Status429TooManyRequests => "Too many requests: wait for Retry-After.",
        StatusCodes.Status503ServiceUnavailable => "A store does not answer, so nothing is shown: wait for Retry-After.",
        _ => "The request could not be answered.",
    };

    private static (string Type, string Title) Kind(int status) => status switch
    {
        StatusCodes.Status400BadRequest => ("/docs#problem-bad-request", "Bad request"),
        StatusCodes.Status401Unauthorized => ("/docs#problem-unauthorized", "Not signed on"),
        StatusCodes.Status403Forbidden => ("/docs#problem-forbidden", "Not allowed"),
        StatusCodes.Status404NotFound => ("/docs#problem-not-found", "Not found"),
        StatusCodes.Status405MethodNotAllowed => ("/docs#problem-method-not-allowed", "Method not allowed"),
        StatusCodes.Status413PayloadTooLarge => ("/docs#problem-too-large", "Too large"),
        StatusCodes.Status415UnsupportedMediaType => ("/docs#problem-media-type", "Wrong media type"),
        StatusCodes.Status429TooManyRequests => ("/docs#problem-too-many", "Too many requests"),
        StatusCodes.Status503ServiceUnavailable => ("/docs#problem-unavailable", "Unavailable"),
        _ => ("/docs#problem-failed", "Failed"),
    };
}
