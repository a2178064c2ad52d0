namespace KpTelemetry.Local.ClickHouse.Http;

/// <summary>Content types of result formats, as ClickHouse's server names them.</summary>
internal static class ContentTypes
{
    public static string Of(string format) => format switch
    {
        "JSON" or "JSONStrings" or "JSONCompact" or "JSONCompactStrings" or "JSONColumns" or "JSONColumnsWithMetadata"
            or "JSONCompactColumns" or "JSONObjectEachRow" => "application/json; charset=UTF-8",
        "JSONEachRow" or "JSONLines" or "JSONL" or "NDJSON" or "JSONStringsEachRow" or "JSONCompactEachRow" or "JSONEachRowWithProgress"
            or "JSONCompactStringsEachRow" or "JSONCompactEachRowWithNames" or "JSONCompactEachRowWithNamesAndTypes"
            => "application/x-ndjson; charset=UTF-8",
        "CSV" => "text/csv; charset=UTF-8; header=absent",
        "CSVWithNames" or "CSVWithNamesAndTypes" => "text/csv; charset=UTF-8; header=present",
        "TabSeparated" or "TSV" or "TabSeparatedRaw" or "TSVRaw" or "Raw" or "TabSeparatedWithNames" or "TSVWithNames"
            or "TabSeparatedWithNamesAndTypes" or "TSVWithNamesAndTypes" or "TabSeparatedRawWithNames" or "TSVRawWithNames"
            or "TabSeparatedRawWithNamesAndTypes" or "TSVRawWithNamesAndTypes" => "text/tab-separated-values; charset=UTF-8",
        "XML" => "application/xml; charset=UTF-8",
        "Markdown" or "MD" => "text/markdown; charset=UTF-8",
        "Native" or "Parquet" or "ORC" or "Arrow" or "ArrowStream" or "Avro" or "MsgPack" or "Npy" or "BSONEachRow" => "application/octet-stream",
        _ when format.StartsWith("RowBinary", StringComparison.Ordinal) => "application/octet-stream",
        _ => "text/plain; charset=UTF-8",
    };
}
