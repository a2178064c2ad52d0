using System.Globalization;

namespace KpTelemetry.Ingest.Logs;

/// <summary>
/// The part of a file that a logs request holds, as its headers say: <c>Kp-Import</c> and <c>Content-Range: bytes A-B/*</c>,
/// where B is the last byte's offset as in RFC 9110.
/// </summary>
internal sealed record FilePart(Guid Import, long From, long To)
{
    /// <summary>The header that names the import.</summary>
    public const string ImportHeader = "Kp-Import";

    /// <summary>Reads the headers: neither gives null and true; one without the other, or a wrong form, false.</summary>
    public static bool TryRead(IHeaderDictionary headers, out FilePart? part)
    {
        part = null;
        var import = headers[ImportHeader].ToString();
        var range = headers.ContentRange.ToString();
        if (import.Length == 0 && range.Length == 0)
            return true;
        if (!Guid.TryParse(import, out var id) || !range.StartsWith("bytes ", StringComparison.Ordinal))
            return false;
        var slash = range.IndexOf('/', StringComparison.Ordinal);
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        if (slash < 0 || dash < 0 || dash > slash || !TryOffset(range.AsSpan(6, dash - 6), out var from) || !TryOffset(range.AsSpan(dash + 1, slash - dash - 1), out var last) || last < from)
            return false;
        part = new FilePart(id, from, last + 1);
        return true;
    }

    private static bool TryOffset(ReadOnlySpan<char> text, out long offset) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out offset) && offset < long.MaxValue;
}
