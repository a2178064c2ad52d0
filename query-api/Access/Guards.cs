using Microsoft.AspNetCore.Authorization;

namespace KpTelemetry.QueryApi.Access;

/// <summary>No endpoint without a decision about who may use it.</summary>
public static class Guards
{
    /// <summary>Throws, naming the route, when an endpoint says neither which roles it lets in nor that anybody may come.</summary>
    public static void RequireDecisions(this IEndpointRouteBuilder routes)
    {
        foreach (var endpoint in routes.DataSources.SelectMany(source => source.Endpoints))
        {
            if (endpoint.Metadata.GetMetadata<IAuthorizeData>() is null && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null && endpoint.Metadata.GetMetadata<AllowedRoles>() is null)
                throw new InvalidOperationException($"{endpoint.DisplayName} does not say who may use it: ForRoles or AllowAnonymous");
        }
    }
}
