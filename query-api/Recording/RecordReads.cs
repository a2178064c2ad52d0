using System.Diagnostics;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.QueryApi.Access;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace KpTelemetry.QueryApi.Recording;

/// <summary>
/// Puts every read on the access record after the endpoint has made its result and before a byte of it is sent. Where
/// the entry cannot be written, the result is not sent. Endpoints return results; one that wrote to the response itself
/// would be shown unrecorded.
/// </summary>
public sealed class RecordReads(AccessRecord record) : IEndpointFilter
{
    /// <summary>The header that says why something is read.</summary>
    public const string Purpose = "X-Purpose-Of-Use";

    private const string Case = "X-Case";

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        if (context.HttpContext.Response.HasStarted)
            throw new InvalidOperationException("an endpoint of staff answered before its read was on the record");
        if (result is not IStatusCodeHttpResult { StatusCode: >= 400 })
            await record.RecordReadAsync(Read(context.HttpContext, allowed: true), context.HttpContext.RequestAborted);
        return result;
    }

    /// <summary>The entry about a request, answered or refused.</summary>
    public static StaffRead Read(HttpContext http, bool allowed)
    {
        var account = Account.Of(http.User);
        return new StaffRead
        {
            User = account?.User ?? string.Empty,
            Role = account?.Role ?? string.Empty,
            Resource = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? string.Empty,
            Query = ReadDescription.Of(http),
            Purpose = PurposeOfUse.Known(http.Request.Headers[Purpose]),
            Case = http.Request.Headers[Case] is { Count: 1 } given ? given.ToString() : null,
            Allowed = allowed,
            Channel = http.User.Identity?.AuthenticationType == CookieAuthenticationDefaults.AuthenticationScheme ? "dashboard" : "api",
            Correlation = Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier,
        };
    }
}

/// <summary>The purposes of use that the record knows.</summary>
public static class PurposeOfUse
{
    public static IReadOnlyList<string> All { get; } = ["security-investigation", "subject-request", "legal", "quality", "break-glass"];

    /// <summary>The purpose a header gives; null where it gives none of them, since the purpose is stored in clear.</summary>
    public static string? Known(string? given) => All.FirstOrDefault(purpose => purpose == given);
}
