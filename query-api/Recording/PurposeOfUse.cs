namespace KpTelemetry.QueryApi.Recording;

/// <summary>The purposes of use that the record knows.</summary>
public static class PurposeOfUse
{
    /// <summary>The header that gives one.</summary>
    public const string Header = "X-Purpose-Of-Use";

    public static IReadOnlyList<string> All { get; } = ["security-investigation", "subject-request", "legal", "quality", "break-glass"];

    /// <summary>The purpose that a request gives; null where it gives none of them.</summary>
    public static string? Of(HttpContext http) => Known(http.Request.Headers[Header]);

    /// <summary>The purpose of that name; null where it is none of them.</summary>
    public static string? Known(string? given) => All.FirstOrDefault(purpose => purpose == given);
}

/// <summary>The number of the case that a request belongs to.</summary>
public static class CaseNumber
{
    /// <summary>The header that gives it.</summary>
    public const string Header = "X-Case";

    /// <summary>Characters at most.</summary>
    public const int Longest = 100;

    /// <summary>The number that a request gives; null where it gives none, or several.</summary>
    public static string? Of(HttpContext http) => http.Request.Headers[Header] is { Count: 1 } given ? given.ToString() : null;

    /// <summary>Whether it names a case.</summary>
    public static bool IsUsable(string? number) => !string.IsNullOrWhiteSpace(number) && number.Length <= Longest;
}
