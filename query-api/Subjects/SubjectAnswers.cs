using System.Diagnostics;
using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Problems;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace KpTelemetry.QueryApi.Subjects;

/// <summary>What the endpoints of requests, holds and disclosures have in common.</summary>
internal static class SubjectAnswers
{
    private const int LongestText = 4096;

    /// <summary>Who acts.</summary>
    public static Acting Acting(this HttpContext http) => new(
        Account.Of(http.User)!.User,
        http.User.Identity?.AuthenticationType == CookieAuthenticationDefaults.AuthenticationScheme ? "dashboard" : "api",
        Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier);

    /// <summary>A text that says something and is not too long; else null.</summary>
    public static string? Words(string? text, int longest = LongestText) => text?.Trim() is { Length: > 0 } words && words.Length <= longest ? words : null;

    public static IResult BadRequest(string detail) => Problem.Result(StatusCodes.Status400BadRequest, detail);

    public static IResult NotFound() => Problem.Result(StatusCodes.Status404NotFound, "There is nothing of that id.");

    public static IResult Conflict(string why) => Problem.Result(StatusCodes.Status409Conflict, $"Nothing was done: {why}.");

    /// <summary>What came of a command.</summary>
    public static IResult Answer(RequestOutcome outcome, TimeProvider time) => outcome switch
    {
        { Request: null } => NotFound(),
        { Refusal: { } why } => Conflict(why),
        _ => Results.Ok(ShownRequest.Of(outcome.Request, time.GetUtcNow())),
    };
}
