namespace KpTelemetry.Local.ClickHouse.Engine;

/// <summary>ClickHouse's error numbers, those that the host itself gives or tells apart.</summary>
public static class ErrorCode
{
    public const int BadArguments = 36;
    public const int CannotParseText = 6;
    public const int NotImplemented = 48;
    public const int SyntaxError = 62;
    public const int UnknownFormat = 73;
    public const int NoDataToInsert = 108;
    public const int UnknownSetting = 115;
    public const int AccessDenied = 497;
    public const int AuthenticationFailed = 516;
    public const int QueryWithSameIdIsAlreadyRunning = 216;
    public const int TooManySimultaneousQueries = 202;
    public const int UnknownCompressionMethod = 89;
    public const int CannotDecompress = 271;
    public const int QueryWasCancelled = 394;
    public const int UnknownException = 1002;

    internal static string NameOf(int code) => code switch
    {
        BadArguments => "BAD_ARGUMENTS",
        CannotParseText => "CANNOT_PARSE_TEXT",
        NotImplemented => "NOT_IMPLEMENTED",
        SyntaxError => "SYNTAX_ERROR",
        UnknownFormat => "UNKNOWN_FORMAT",
        NoDataToInsert => "NO_DATA_TO_INSERT",
        UnknownSetting => "UNKNOWN_SETTING",
        AccessDenied => "ACCESS_DENIED",
        AuthenticationFailed => "AUTHENTICATION_FAILED",
        QueryWithSameIdIsAlreadyRunning => "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING",
        TooManySimultaneousQueries => "TOO_MANY_SIMULTANEOUS_QUERIES",
        UnknownCompressionMethod => "UNKNOWN_COMPRESSION_METHOD",
        CannotDecompress => "CANNOT_DECOMPRESS",
        QueryWasCancelled => "QUERY_WAS_CANCELLED",
        _ => "UNKNOWN_EXCEPTION",
    };
}
