using System.Net.Mime;
using KpTelemetry.Audit.Proving;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Problems;

namespace KpTelemetry.QueryApi.Auditing;

/// <summary>RFC 6962 proofs, each hash in base64.</summary>
public sealed record ProofAnswer(IReadOnlyList<byte[]> Hashes);

/// <summary>Data of leaves, 33 bytes each, in base64.</summary>
public sealed record LeavesAnswer(IReadOnlyList<byte[]> Leaves);

/// <summary>What proves the access record to whoever checks it with a program of their own (docs/AUDIT.md).</summary>
public static class ProofEndpoints
{
    private const string NoSuchRange = "The record has no such place: sizes go from 0 to the number of entries, an index is below its size, and from is not above to.";

    /// <summary>Maps <c>audit/checkpoint</c>, <c>audit/proofs/…</c> and <c>audit/leaves</c> below the API's group.</summary>
    public static void Map(IEndpointRouteBuilder api)
    {
        var audit = api.MapGroup("/audit");
        Describe(audit.MapGet("/checkpoint", CheckpointAsync), "audit-checkpoint", "The newest checkpoint, a C2SP signed note")
            .Produces<string>(contentType: MediaTypeNames.Text.Plain)
            .ProducesProblem(StatusCodes.Status404NotFound);
        Describe(audit.MapGet("/proofs/inclusion", InclusionAsync), "audit-inclusion", "Proof that an entry is in the tree of a size").Produces<ProofAnswer>().ProducesProblem(StatusCodes.Status400BadRequest);
        Describe(audit.MapGet("/proofs/consistency", ConsistencyAsync), "audit-consistency", "Proof that the tree of one size extends that of another").Produces<ProofAnswer>().ProducesProblem(StatusCodes.Status400BadRequest);
        Describe(audit.MapGet("/leaves", LeavesAsync), "audit-leaves", "Data of leaves, from (included) to (excluded), at most 1,000").Produces<LeavesAnswer>().ProducesProblem(StatusCodes.Status400BadRequest);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint, string name, string summary) => endpoint
        .ForRoles(Roles.Security, Roles.Privacy)
        .WithName(name)
        .WithSummary(summary)
        .WithDescription("The read is itself on the record before it is answered. docs/AUDIT.md says what a leaf commits to and how to check it elsewhere.")
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> CheckpointAsync(RecordProofs proofs, CancellationToken cancellation) =>
        await proofs.CheckpointAsync(cancellation) is { } note
            ? Results.Text(note, MediaTypeNames.Text.Plain)
            : Problem.Result(StatusCodes.Status404NotFound, "No checkpoint is signed yet: the first comes within a minute of the first entry.");

    private static async Task<IResult> InclusionAsync(long? index, long? size, RecordProofs proofs, CancellationToken cancellation) =>
        Proof(index is { } place && size is { } leaves ? await proofs.InclusionAsync(place, leaves, cancellation) : null);

    private static async Task<IResult> ConsistencyAsync(long? from, long? to, RecordProofs proofs, CancellationToken cancellation) =>
        Proof(from is { } old && to is { } leaves ? await proofs.ConsistencyAsync(old, leaves, cancellation) : null);

    private static async Task<IResult> LeavesAsync(long? from, long? to, RecordProofs proofs, CancellationToken cancellation) =>
        from is { } first && to is { } end && await proofs.LeavesAsync(first, end, cancellation) is { } leaves
            ? Results.Ok(new LeavesAnswer(leaves))
            : Problem.Result(StatusCodes.Status400BadRequest, $"{NoSuchRange} At most 1,000 leaves are told at once.");

    private static IResult Proof(IReadOnlyList<byte[]>? hashes) =>
        hashes is not null ? Results.Ok(new ProofAnswer(hashes)) : Problem.Result(StatusCodes.Status400BadRequest, NoSuchRange);
}
