using System.Globalization;
using KpTelemetry.QueryApi.Dashboards;
using Microsoft.AspNetCore.Http.HttpResults;

namespace KpTelemetry.QueryApi.Problems;

/// <summary>A problem for people.</summary>
public static class ProblemPage
{
    public static Task WriteAsync(HttpContext http)
    {
        var status = http.Response.StatusCode;
        if (status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
            http.Response.Headers.RetryAfter = Problem.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        return new RazorComponentResult<ProblemView>(new { Status = status }) { StatusCode = status }.ExecuteAsync(http);
    }
}
