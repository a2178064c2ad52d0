using KpTelemetry.Audit.RecordingReads;

namespace KpTelemetry.QueryApi.Recording;

/// <summary>
/// Puts what is not done on the access record before that is told: forbidden (403), not as things stand (409), over (410).
/// What is done is on the record as that, by whatever does it.
/// </summary>
public sealed class RecordRefusals(AccessRecord record) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        if (IsRefusal(result))
            await record.RecordReadAsync(RecordReads.Read(context.HttpContext, allowed: false), context.HttpContext.RequestAborted);
        return result;
    }

    /// <summary>Whether a result refuses; what could not be used (400) or is nowhere (404) was nothing to be refused.</summary>
    internal static bool IsRefusal(object? result) =>
        result is IStatusCodeHttpResult { StatusCode: StatusCodes.Status403Forbidden or StatusCodes.Status409Conflict or StatusCodes.Status410Gone };
}
