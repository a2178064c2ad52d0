using Npgsql;

namespace KpTelemetry.Audit.ReadingRecord;

/// <summary>A sealed body as a query selects it: <c>m.data->>'body'</c>.</summary>
internal static class StoredBody
{
    /// <summary>The body; an empty one, which opens for nobody, where a superuser has put something there that is none.</summary>
    public static byte[] Of(NpgsqlDataReader row, int column)
    {
        if (row.IsDBNull(column))
            return [];
        var encoded = row.GetString(column);
        var body = new byte[encoded.Length / 4 * 3];
        return Convert.TryFromBase64String(encoded, body, out var length) ? body[..length] : [];
    }
}
