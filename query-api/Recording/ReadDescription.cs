namespace KpTelemetry.QueryApi.Recording;

/// <summary>What a request asked for, for the access record.</summary>
public static class ReadDescription
{
    private static readonly object Key = new();
    private static readonly object SubjectKey = new();

    /// <summary>
    /// Says what the request asks for, in full; stored sealed. Endpoints that read a body call it; for the others the
    /// query string is taken, or the id in the address.
    /// </summary>
    public static void DescribeRead(this HttpContext http, string asked) => http.Items[Key] = asked;

    /// <summary>Says which member the read is about, and whether it shows what the record holds of them.</summary>
    /// <param name="member">The name; null where the record has none that opens.</param>
    /// <param name="handle">The member's stream; needed where there is no name.</param>
    public static void IsAbout(this HttpContext http, string? member, bool showsRecord, Guid? handle = null) => http.Items[SubjectKey] = (member, handle, showsRecord);

    internal static (string? Member, Guid? Handle, bool ShowsRecord) SubjectOf(HttpContext http) =>
        http.Items.TryGetValue(SubjectKey, out var subject) ? ((string?, Guid?, bool))subject! : default;

    internal static string? Of(HttpContext http) =>
        http.Items.TryGetValue(Key, out var asked) ? (string?)asked
        : http.Request.QueryString is { HasValue: true } query ? query.Value
        : http.Request.RouteValues.TryGetValue("id", out var id) ? $"id {id}"
        : null;
}
