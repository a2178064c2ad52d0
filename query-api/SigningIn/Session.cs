using System.Security.Claims;
using KpTelemetry.Platform.Tokens;
using KpTelemetry.QueryApi.Access;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace KpTelemetry.QueryApi.SigningIn;

/// <summary>Somebody's session at the dashboards.</summary>
/// <param name="Id">Random.</param>
/// <param name="Account">Whose.</param>
/// <param name="Ends">When its token ends, whatever the activity.</param>
public sealed record Session(string Id, Account Account, DateTimeOffset Ends)
{
    /// <summary>How long a session lives without activity (P0: 20 minutes).</summary>
    public static readonly TimeSpan Inactivity = TimeSpan.FromMinutes(20);

    private const string IdClaim = "sid";
    private const string EndsClaim = "ends";

    /// <summary>The session as the cookie carries it.</summary>
    public ClaimsPrincipal Principal() => new(new ClaimsIdentity(
        [new(IdClaim, Id), new(Account.UserClaim, Account.User), new(LocalTokens.RoleClaim, Account.Role), new(EndsClaim, Ends.ToUnixTimeSeconds().ToString())],
        CookieAuthenticationDefaults.AuthenticationScheme,
        Account.UserClaim,
        LocalTokens.RoleClaim));

    /// <summary>The session that a cookie carries, or null.</summary>
    public static Session? Of(ClaimsPrincipal? principal) =>
        principal?.FindFirstValue(IdClaim) is { } id && Account.Of(principal) is { } account && long.TryParse(principal.FindFirstValue(EndsClaim), out var ends)
            ? new Session(id, account, DateTimeOffset.FromUnixTimeSeconds(ends))
            : null;
}
