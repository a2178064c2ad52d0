using System.Security.Claims;
using KpTelemetry.Platform.Tokens;

namespace KpTelemetry.QueryApi.Access;

/// <summary>Who asks.</summary>
/// <param name="User">The name of the account.</param>
/// <param name="Role">The role of this token or session.</param>
public sealed record Account(string User, string Role)
{
    /// <summary>The claim that names the account.</summary>
    public const string UserClaim = "sub";

    /// <summary>The account of an authenticated principal; null where it names none, or a role that does not exist.</summary>
    public static Account? Of(ClaimsPrincipal principal) =>
        principal.FindFirstValue(UserClaim) is { Length: > 0 and <= 256 } user && principal.FindFirstValue(LocalTokens.RoleClaim) is { } role && Roles.All.Contains(role)
            ? new Account(user, role)
            : null;
}
