using Microsoft.AspNetCore.Authorization;

namespace KpTelemetry.QueryApi.Access;

/// <summary>The roles. Each is its own: none includes another, admin neither.</summary>
public static class Roles
{
    public const string Analyst = "analyst";
    public const string Marketing = "marketing";
    public const string Security = "security";
    public const string Privacy = "privacy";
    public const string Admin = "admin";

    public static IReadOnlyList<string> All { get; } = [Analyst, Marketing, Security, Privacy, Admin];

    /// <summary>Lets these roles use the endpoint, and no other. An endpoint without it lets nobody in.</summary>
    public static TBuilder ForRoles<TBuilder>(this TBuilder endpoint, params string[] roles)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(policy => policy.RequireRole(roles)).WithMetadata(new AllowedRoles(roles));
}

/// <summary>Which roles an endpoint lets in, for the reference and the tests.</summary>
public sealed record AllowedRoles(IReadOnlyList<string> Roles);
