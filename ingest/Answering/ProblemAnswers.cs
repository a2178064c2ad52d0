using Microsoft.AspNetCore.Diagnostics;

namespace KpTelemetry.Ingest.Answering;

/// <summary>Gives every answer that failed a body, also where no endpoint made it.</summary>
internal static class ProblemAnswers
{
    public static void UseProblemAnswers(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            StatusCodeSelector = problem => problem is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
            ExceptionHandler = http => Problem.Of(http.Response.StatusCode).ExecuteAsync(http),
        });
        app.UseStatusCodePages(pages => Problem.Of(pages.HttpContext.Response.StatusCode).ExecuteAsync(pages.HttpContext));
    }
}
