using Microsoft.AspNetCore.Diagnostics;
using Npgsql;

namespace KpTelemetry.Ingest.Answering;

/// <summary>Gives every answer that failed a body, also where no endpoint made it.</summary>
internal static class ProblemAnswers
{
    public static void UseProblemAnswers(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            StatusCodeSelector = StatusOf,
            ExceptionHandler = http => Problem.Of(http.Response.StatusCode).ExecuteAsync(http),
            // Refused and told to the sender, who tries again: nothing is lost, and no operator is needed for that.
            SuppressDiagnosticsCallback = failure => StatusOf(failure.Exception) != StatusCodes.Status500InternalServerError,
        });
        app.UseStatusCodePages(pages => Problem.Of(pages.HttpContext.Response.StatusCode).ExecuteAsync(pages.HttpContext));
    }

    // A database that starts, stops or is away; a statement that it refuses is a fault of ours.
    private static int StatusOf(Exception failure) => failure switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        NpgsqlException { IsTransient: true } => StatusCodes.Status503ServiceUnavailable,
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow } => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
