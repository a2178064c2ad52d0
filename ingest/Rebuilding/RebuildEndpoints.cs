using KpTelemetry.Ingest.Answering;

namespace KpTelemetry.Ingest.Rebuilding;

/// <summary><c>POST /v1/rebuilds</c> and <c>GET /v1/rebuilds/ID</c>: asking for a rebuild, and how it stands.</summary>
internal static class RebuildEndpoints
{
    private sealed record RebuildBody(DateOnly? From);

    public static void MapRebuilds(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/rebuilds", AskAsync);
        routes.MapGet("/v1/rebuilds/{rebuild:guid}", FindAsync);
    }

    private static async Task<IResult> AskAsync(RebuildBody body, RebuildRegister rebuilds, CancellationToken cancellation)
    {
        var (rebuild, isNew) = await rebuilds.AskAsync(body.From, cancellation);
        return Results.Ok(new { rebuild, isNew });
    }

    private static async Task<IResult> FindAsync(Guid rebuild, RebuildRegister rebuilds, CancellationToken cancellation) =>
        await rebuilds.FindAsync(rebuild, cancellation) is { } found ? Results.Ok(found) : Problem.Of(StatusCodes.Status404NotFound);
}
