using KpTelemetry.Ingest.Answering;
using KpTelemetry.Ingest.Policies;

namespace KpTelemetry.Ingest.Choosing;

/// <summary><c>GET</c> and <c>POST /privacy/choices</c>: a visitor's choices, kept by the visitor's own browser and nowhere else.</summary>
internal sealed class ChoicesEndpoint(PolicyDirectory policies, SignalMetrics metrics)
{
    /// <summary>Where the page is.</summary>
    public const string Place = "/privacy/choices";

    private const string Saved = "saved";

    /// <summary>Shows the page.</summary>
    public IResult Show(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = ChoicesPage.ContentSecurityPolicy;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        // With no referrer at all a browser would send the form with the origin "null".
        headers["Referrer-Policy"] = "same-origin";
        return Results.Content(ChoicesPage.Html(http.Request, policies.InForce, http.Request.Query.ContainsKey(Saved)), "text/html; charset=utf-8");
    }

    /// <summary>Takes the form. A choice that it does not name stays as it is.</summary>
    public async Task<IResult> TakeAsync(HttpContext http)
    {
        if (!IsOwn(http.Request))
            return Problem.ForeignForm;
        if (!http.Request.HasFormContentType)
            return Problem.Of(StatusCodes.Status415UnsupportedMediaType);
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var answers = Choice.All.Where(choice => form.ContainsKey(choice.Field)).Select(choice => (Choice: choice, Answer: form[choice.Field].ToString())).ToArray();
        if (answers.Length == 0 || answers.Any(answer => answer.Answer is not ("on" or "off")))
            return Problem.BadRequest("bad-choice", "The form does not say on or off", $"choices: {string.Join(", ", Choice.All.Select(choice => choice.Field))}");
        foreach (var (choice, answer) in answers)
        {
            if (answer == "off")
                choice.TurnOff(http.Response);
            else
                choice.TurnOn(http.Response);
            metrics.Chosen(choice, answer == "off");
        }

        http.Response.Headers.Location = $"{Place}?{Saved}";
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }

    // Another site's page must not choose in a visitor's place.
    private static bool IsOwn(HttpRequest request) => request.Headers["Sec-Fetch-Site"].ToString() switch
    {
        "same-origin" or "none" => true,
        "" => request.Headers.Origin.ToString() is var origin && (origin.Length == 0 || (Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority == request.Host.Value)),
        _ => false,
    };
}

/// <summary>Maps the page.</summary>
internal static class ChoicesRoutes
{
    public static void MapChoices(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(ChoicesEndpoint.Place, (HttpContext http, ChoicesEndpoint choices) => choices.Show(http));
        routes.MapPost(ChoicesEndpoint.Place, (HttpContext http, ChoicesEndpoint choices) => choices.TakeAsync(http));
    }
}
