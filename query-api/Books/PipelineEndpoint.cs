using KpTelemetry.QueryApi.Access;

namespace KpTelemetry.QueryApi.Books;

/// <summary>The books by API.</summary>
public static class PipelineEndpoint
{
    /// <summary>Maps <c>pipeline</c> below the API's group.</summary>
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/pipeline", async (BookReader books, CancellationToken cancellation) => Results.Ok(await books.ReadAsync(cancellation)))
            .ForRoles(Roles.Admin)
            .WithName("pipeline")
            .WithSummary("The books, from the log")
            .WithDescription("`received` = `counted` + `duplicates` + `rejected` + `dropped`, exactly. `lag` is what is acknowledged and not yet read; a file sent twice has been received twice.")
            .Produces<PipelineBooks>()
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
}
