namespace KpTelemetry.Ingest.Parsing;

/// <summary>The forms of log lines that are read.</summary>
public enum LogFormat
{
    /// <summary>Each line by its own form: combined where a referrer follows, else common.</summary>
    Auto,
    /// <summary>Host, identity, user, time, request, status, size.</summary>
    Common,
    /// <summary>Common, then quoted referrer and quoted agent. Further fields are not read.</summary>
    Combined,
}

/// <summary>The formats' names in requests.</summary>
public static class LogFormats
{
    /// <summary>Every name, for answers to a wrong one.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auto", "common", "combined"];

    /// <summary>The format of that name; a missing or empty name is <c>auto</c>.</summary>
    public static LogFormat? Find(string? name) => name switch
    {
        null or "" or "auto" => LogFormat.Auto,
        "common" => LogFormat.Common,
        "combined" => LogFormat.Combined,
        _ => null,
    };
}
