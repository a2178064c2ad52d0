using System.Text;

namespace KpTelemetry.Local.ClickHouse.Http;

/// <summary>Where the HTTP interface takes a user and password from.</summary>
internal static class Credentials
{
    /// <summary>Both as sent, or empty.</summary>
    public static (string User, string Password) Of(HttpRequest request)
    {
        var headers = request.Headers;
        if (headers.ContainsKey("X-ClickHouse-User") || headers.ContainsKey("X-ClickHouse-Key"))
            return (headers["X-ClickHouse-User"].ToString(), headers["X-ClickHouse-Key"].ToString());
        var authorization = headers.Authorization.ToString();
        if (authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return Basic(authorization[6..].Trim());
        if (authorization.Length > 0) return ("", authorization);
        return (request.Query["user"].ToString(), request.Query["password"].ToString());
    }

    private static (string User, string Password) Basic(string encoded)
    {
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length)) return ("", encoded);
        var text = Encoding.UTF8.GetString(bytes.AsSpan(0, length));
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
    }
}
