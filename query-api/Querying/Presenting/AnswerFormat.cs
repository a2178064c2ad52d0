using Microsoft.Net.Http.Headers;

namespace KpTelemetry.QueryApi.Querying.Presenting;

/// <summary>The forms an answer can have.</summary>
public enum AnswerFormat
{
    Json,
    Csv,
    Ndjson,
}

/// <summary>Chooses the form by the Accept header.</summary>
public static class AnswerFormats
{
    /// <summary>Media types by form.</summary>
    public static IReadOnlyDictionary<AnswerFormat, string> MediaTypes { get; } = new Dictionary<AnswerFormat, string>
    {
        [AnswerFormat.Json] = "application/json",
        [AnswerFormat.Csv] = "text/csv",
        [AnswerFormat.Ndjson] = "application/x-ndjson",
    };

    /// <summary>The most wanted form, JSON where nothing is said; null where none is acceptable.</summary>
    public static AnswerFormat? Choose(IList<MediaTypeHeaderValue> accept)
    {
        if (accept.Count == 0)
            return AnswerFormat.Json;
        foreach (var wanted in accept.Where(a => a.Quality is not 0).OrderByDescending(a => a.Quality ?? 1))
        {
            foreach (var (format, type) in MediaTypes)
            {
                if (MediaTypeHeaderValue.Parse(type).IsSubsetOf(wanted))
                    return format;
            }
        }

        return null;
    }
}
