using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using KpTelemetry.QueryApi.Access;

namespace KpTelemetry.Service.Tests;

/// <summary>Requests and holds, brought by the API to where a test needs them.</summary>
internal static class SubjectCases
{
    /// <summary>The part of an endpoint's path where a request's or a hold's id stands.</summary>
    public const string Id = "{id:guid}";

    public const string Requests = "/api/v1/subjects/requests";
    public const string Hold = """{"covers":"record","ground":"legal","reason":"a matter","subject":{"member":"somebody-else"}}""";

    private const string Office = "preparing-office";

    public static string Filing(string kind, string member = "roles-member") => $$"""{"kind":"{{kind}}","subject":{"member":"{{member}}"},"by":"letter","statement":"as I said"}""";

    /// <summary>The path with the id of a request or hold that stands so that the endpoint may be used.</summary>
    public static async Task<string> PrepareAsync(RunningService service, string method, string path)
    {
        if (!path.Contains(Id, StringComparison.Ordinal))
            return path;
        using var client = service.Client(Roles.Privacy, Office);
        var step = method == "GET" ? "" : path.Split('/')[^1];
        var id = path.StartsWith(Requests, StringComparison.Ordinal) ? await RequestAsync(client, step) : await PostAsync(client, "/api/v1/holds", Hold);
        return path.Replace(Id, id, StringComparison.Ordinal);
    }

    /// <summary>A request of a kind that allows the step, verified where the step needs it.</summary>
    private static async Task<string> RequestAsync(HttpClient client, string step)
    {
        var kind = step switch { "erase" => "erase", "restrict" or "lift" => "restrict", "fulfil" => "correct", _ => "access" };
        var id = await PostAsync(client, Requests, Filing(kind));
        if (step is not ("" or "verify" or "extend" or "refuse"))
            await PostAsync(client, $"{Requests}/{id}/verify", """{"method":"compared","verified":true}""");
        if (step == "lift")
            await PostAsync(client, $"{Requests}/{id}/restrict", """{"text":"no measuring"}""");
        return id;
    }

    /// <summary>Posts, and the id that is answered.</summary>
    public static async Task<string> PostAsync(HttpClient client, string path, string? body)
    {
        using var answer = await SendAsync(client, path, body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    public static Task<HttpResponseMessage> SendAsync(HttpClient client, string path, string? body) =>
        client.PostAsync(new Uri(path, UriKind.Relative), body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"));
}
