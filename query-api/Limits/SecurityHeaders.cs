namespace KpTelemetry.QueryApi.Limits;

/// <summary>Headers on every answer: nothing from elsewhere runs, loads, frames or is told where the reader came from.</summary>
public static class SecurityHeaders
{
    /// <summary>The content security policy of every page.</summary>
    public const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Adds the headers to whatever follows.</summary>
    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()";
        // Figures of one role must not come out of a cache to another.
        headers.CacheControl = "no-cache, no-store";
        headers.Pragma = "no-cache";
        return next(http);
    });
}
