using KpTelemetry.QueryApi.Problems;

namespace KpTelemetry.QueryApi.Recording;

/// <summary>Lets nothing through that does not say what it is for and to which case it belongs (P2).</summary>
public sealed class RequirePurpose : IEndpointFilter
{
    /// <summary>What the descriptions of such endpoints say.</summary>
    public static string Description { get; } =
        $"The headers `{PurposeOfUse.Header}` ({string.Join(", ", PurposeOfUse.All)}) and `{CaseNumber.Header}` (the number of the case) are required.";

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (PurposeOfUse.Of(http) is null)
            return Problem.Result(StatusCodes.Status400BadRequest, $"The header {PurposeOfUse.Header} must say what this is for.", new Dictionary<string, object?>(StringComparer.Ordinal) { ["purposes"] = PurposeOfUse.All });
        if (!CaseNumber.IsUsable(CaseNumber.Of(http)))
            return Problem.Result(StatusCodes.Status400BadRequest, $"The header {CaseNumber.Header} must name the case that this belongs to, in at most {CaseNumber.Longest} characters.");
        return await next(context);
    }
}
