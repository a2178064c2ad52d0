using System.Diagnostics;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.QueryApi.Access;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace KpTelemetry.QueryApi.Recording;

/// <summary>
/// Puts every read on the access record after the endpoint has made its result and before a byte of it is sent; one that
/// the endpoint refuses, as refused. Where the entry cannot be written, the result is not sent. Endpoints return results;
/// one that wrote to the response itself would be shown unrecorded.
/// </summary>
public sealed class RecordReads(AccessRecord record) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        if (context.HttpContext.Response.HasStarted)
            throw new InvalidOperationException("an endpoint of staff answered before its read was on the record");
        var isRefused = RecordRefusals.IsRefusal(result);
        if (isRefused || result is not IStatusCodeHttpResult { StatusCode: >= 400 })
            await record.RecordReadAsync(Read(context.HttpContext, allowed: !isRefused), context.HttpContext.RequestAborted);
        return result;
    }

    /// <summary>The entry about a request, answered or refused.</summary>
    public static StaffRead Read(HttpContext http, bool allowed)
    {
        var (account, subject) = (Account.Of(http.User), ReadDescription.SubjectOf(http));
        return new StaffRead
        {
            User = account?.User ?? string.Empty,
            Role = account?.Role ?? string.Empty,
            Resource = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? string.Empty,
            Query = ReadDescription.Of(http),
            Purpose = PurposeOfUse.Of(http),
            Case = CaseNumber.Of(http),
            Subject = subject.Member,
            Handle = subject.Handle,
            ShowsRecord = subject.ShowsRecord,
            Allowed = allowed,
            Channel = http.User.Identity?.AuthenticationType == CookieAuthenticationDefaults.AuthenticationScheme ? "dashboard" : "api",
            Correlation = Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier,
        };
    }
}
