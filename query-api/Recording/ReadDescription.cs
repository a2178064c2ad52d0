namespace KpTelemetry.QueryApi.Recording;

/// <summary>What a request asked for, for the access record.</summary>
public static class ReadDescription
{
    private static readonly object Key = new();
    private static readonly object SubjectKey = new();

    /// <summary>
    /// Says what the request asks for, in full; stored sealed. Endpoints that read a body call it; for the others the
    /// query string is taken.
    /// </summary>
    public static void DescribeRead(this HttpContext http, string asked) => http.Items[Key] = asked;

    /// <summary>Says which member the read is about, and whether it shows what the record holds of them.</summary>
    public static void IsAbout(this HttpContext http, string member, bool showsRecord) => http.Items[SubjectKey] = (member, showsRecord);

    internal static string? SubjectOf(HttpContext http) => Subject(http).Member;

    internal static bool ShowsRecord(HttpContext http) => Subject(http).ShowsRecord;

    private static (string? Member, bool ShowsRecord) Subject(HttpContext http) =>
        http.Items.TryGetValue(SubjectKey, out var subject) ? ((string, bool))subject! : default;

    internal static string? Of(HttpContext http) =>
        http.Items.TryGetValue(Key, out var asked) ? (string?)asked : http.Request.QueryString is { HasValue: true } query ? query.Value : null;
}
