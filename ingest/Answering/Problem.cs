using KpTelemetry.Ingest.Parsing;

namespace KpTelemetry.Ingest.Answering;

/// <summary>A refusal: problem+json with a stable type, and nothing of what was sent.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Name">The last part of the type.</param>
/// <param name="Title">What is wrong, in words.</param>
/// <param name="Detail">What to do about it; may be null.</param>
/// <param name="RetryAfterSeconds">When to try again, where trying again helps.</param>
internal sealed record Problem(int Status, string Name, string Title, string? Detail = null, int? RetryAfterSeconds = null) : IResult
{
    private const string TypePrefix = "urn:kp-telemetry:problem:";

    public static readonly Problem Unauthorized = new(StatusCodes.Status401Unauthorized, "unauthorized", "An API key is required", "send Authorization: Bearer KEY");
    public static readonly Problem NotReady = new(StatusCodes.Status503ServiceUnavailable, "not-ready", "Ingest is starting", "try again", 1);
    public static readonly Problem Overloaded = new(StatusCodes.Status503ServiceUnavailable, "overloaded", "Too much is under way", "try again later", 1);
    public static readonly Problem StorageFull = new(StatusCodes.Status503ServiceUnavailable, "storage-full", "Neither Kafka nor the spool takes more", "bring Kafka back or free disk space, then send the same again", 5);
    public static readonly Problem UnknownSite = new(StatusCodes.Status400BadRequest, "unknown-site", "No site of that name is defined", "GET /v1/sites lists those that are");
    public static readonly Problem UnknownImport = new(StatusCodes.Status404NotFound, "unknown-import", "No import of that id is known");

    public static readonly Problem ForeignForm = new(StatusCodes.Status403Forbidden, "foreign-form", "The form was sent by another site's page", "choose on the page /privacy/choices itself");
    public static readonly Problem UnknownFormat = BadRequest("unknown-format", "The format is not one that is read", $"formats: {string.Join(", ", LogFormats.Names)}");

    /// <summary>A request that does not have the form it must have.</summary>
    public static Problem BadRequest(string name, string title, string? detail = null) => new(StatusCodes.Status400BadRequest, name, title, detail);

    /// <summary>A status that the framework chose.</summary>
    public static Problem Of(int status) => status switch
    {
        StatusCodes.Status404NotFound => new(status, "not-found", "There is nothing at this address"),
        StatusCodes.Status405MethodNotAllowed => new(status, "method-not-allowed", "This address does not take that method"),
        StatusCodes.Status413PayloadTooLarge => new(status, "too-large", "The body is larger than the limit", "send less at once"),
        StatusCodes.Status415UnsupportedMediaType => new(status, "unsupported-media-type", "This media type or encoding is not read"),
        StatusCodes.Status503ServiceUnavailable => new(status, "store-away", "PostgreSQL does not answer", "try again", 1),
        >= 500 => new(status, "internal", "Ingest could not do this", "the request may be sent again"),
        _ => new(status, "bad-request", "The request cannot be used"),
    };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (RetryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
        return response.WriteAsJsonAsync(new { type = TypePrefix + Name, title = Title, status = Status, detail = Detail }, options: null, "application/problem+json", httpContext.RequestAborted);
    }
}
