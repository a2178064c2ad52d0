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
        return Results.Problem(detail, statusCode: status, title: Kind(status).Title, type: TypeOf(status), extensions: more);
    }

    /// <summary>Writes a problem where no endpoint did.</summary>
    public static async Task WriteAsync(HttpContext http, int status, string detail)
    {
        http.Response.StatusCode = status;
        if (status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
            http.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        var problem = new ProblemDetails { Type = TypeOf(status), Title = Kind(status).Title, Status = status, Detail = detail };
        await http.Response.WriteAsJsonAsync(problem, JsonSerializerOptions.Web, "application/problem+json", http.RequestAborted);
    }

    private static string TypeOf(int status) => $"/docs#{Anchor(status)}";

    /// <summary>What a status means here, for people.</summary>
    public static string Describe(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "The request cannot be read.",
        StatusCodes.Status401Unauthorized => "A bearer token that holds is needed: ./kp token --role ROLE prints one.",
        StatusCodes.Status403Forbidden => "The token's role may not do this. Each role is its own; /docs lists which may do what.",
        StatusCodes.Status404NotFound => "There is nothing here. /docs lists what there is.",
        StatusCodes.Status405MethodNotAllowed => "This does not take that method. /docs lists those it takes.",
        StatusCodes.Status406NotAcceptable => "There is no answer of the media types asked for.",
        StatusCodes.Status409Conflict => "It does not stand so that this could be done; the detail says why.",
        StatusCodes.Status410Gone => "It is over: the detail says what to do.",
        StatusCodes.Status413PayloadTooLarge => "The request is too large.",
        StatusCodes.Status415UnsupportedMediaType => "Send application/json.",
        StatusCodes.Status429TooManyRequests => "Too many requests: wait for Retry-After.",
        StatusCodes.Status503ServiceUnavailable => "A store does not answer, so nothing is shown: wait for Retry-After.",
        _ => "The request could not be answered.",
    };

    /// <summary>The statuses that problems have, for the reference.</summary>
    public static IReadOnlyList<int> Statuses { get; } = [400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 429, 500, 503];

    /// <summary>The last part of a problem's type, where the reference explains it.</summary>
    public static string Anchor(int status) => $"problem-{Kind(status).Name}";

    private static (string Name, string Title) Kind(int status) => status switch
    {
        StatusCodes.Status400BadRequest => ("bad-request", "Bad request"),
        StatusCodes.Status401Unauthorized => ("unauthorized", "Not signed on"),
        StatusCodes.Status403Forbidden => ("forbidden", "Not allowed"),
        StatusCodes.Status404NotFound => ("not-found", "Not found"),
        StatusCodes.Status405MethodNotAllowed => ("method-not-allowed", "Method not allowed"),
        StatusCodes.Status406NotAcceptable => ("not-acceptable", "Not acceptable"),
        StatusCodes.Status409Conflict => ("conflict", "Conflict"),
        StatusCodes.Status410Gone => ("over", "Over"),
        StatusCodes.Status413PayloadTooLarge => ("too-large", "Too large"),
        StatusCodes.Status415UnsupportedMediaType => ("media-type", "Wrong media type"),
        StatusCodes.Status429TooManyRequests => ("too-many", "Too many requests"),
        StatusCodes.Status503ServiceUnavailable => ("unavailable", "Unavailable"),
        _ => ("failed", "Failed"),
    };
}
