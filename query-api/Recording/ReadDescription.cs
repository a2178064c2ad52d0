namespace KpTelemetry.QueryApi.Recording;

/// <summary>What a request asked for, for the access record.</summary>
public static class ReadDescription
{
    private static readonly object Key = new();

    /// <summary>
    /// Says what the request asks for, in full; stored sealed. Endpoints that read a body call it; for the others the
    /// query string is taken.
    /// </summary>
    public static void DescribeRead(this HttpContext http, string asked) => http.Items[Key] = asked;

    internal static string? Of(HttpContext http) =>
        http.Items.TryGetValue(Key, out var asked) ? (string?)asked : http.Request.QueryString is { HasValue: true } query ? query.Value : null;
}
