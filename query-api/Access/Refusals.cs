using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.QueryApi.Recording;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace KpTelemetry.QueryApi.Access;

/// <summary>
/// What happens where a role may not do what it asked: the refusal is recorded, then told. Who is nobody yet is sent to
/// the sign-in page, or told that a token is needed.
/// </summary>
public sealed class Refusals(AccessRecord record) : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _standard = new();

    public async Task HandleAsync(RequestDelegate next, HttpContext http, AuthorizationPolicy policy, PolicyAuthorizationResult result)
    {
        if (result.Forbidden)
        {
            await record.RecordReadAsync(RecordReads.Read(http, allowed: false), http.RequestAborted);
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        if (result.Challenged && policy.AuthenticationSchemes.Contains(CookieAuthenticationDefaults.AuthenticationScheme))
        {
            http.Response.Redirect("/sign-in");
            return;
        }

        await _standard.HandleAsync(next, http, policy, result);
    }
}
