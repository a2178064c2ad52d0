using KpTelemetry.Platform.Settings;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace KpTelemetry.QueryApi.SigningIn;

/// <summary>The cookie of a dashboard session: good for as long as the session may be without activity.</summary>
public static class DashboardCookie
{
    private const string Name = "kp_session";

    /// <summary>Adds the scheme.</summary>
    public static AuthenticationBuilder AddDashboardCookie(this AuthenticationBuilder builder) => builder.AddCookie(options =>
    {
        options.Cookie.Name = Name;
        options.Cookie.HttpOnly = true;
        // Lax, not strict: a link from a terminal or a mail may open a dashboard. Nothing is changed by a GET.
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = Session.Inactivity;
        options.SlidingExpiration = false;
        options.Events.OnValidatePrincipal = ValidateAsync;
    });

    /// <summary>Sets the cookie anew: at sign-on, and with each page, which is activity. Refreshing figures is none.</summary>
    public static async Task GiveAsync(HttpContext http, Session session)
    {
        var time = http.RequestServices.GetRequiredService<TimeProvider>();
        http.RequestServices.GetRequiredService<Sessions>().Touch(session.Id);
        await http.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, session.Principal(), new AuthenticationProperties { IssuedUtc = time.GetUtcNow() });
    }

    private static Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var sessions = context.HttpContext.RequestServices.GetRequiredService<Sessions>();
        if (Session.Of(context.Principal) is not { } session || !sessions.IsLive(session))
            context.RejectPrincipal();
        return Task.CompletedTask;
    }

    /// <summary>Where the keys of cookies and forms lie.</summary>
    public static string KeysDirectory(KpSettings settings) => Path.Combine(settings.KeysDirectory, "dashboard-cookies");
}
