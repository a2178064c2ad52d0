using System.Globalization;
using System.Security.Cryptography;
using KpTelemetry.Local.ClickHouse.Engine;
using KpTelemetry.Local.ClickHouse.Options;
using KpTelemetry.Local.ClickHouse.Refusing;

namespace KpTelemetry.Local.ClickHouse.Http;

/// <summary>What a request says beside its statement: in the URL and in headers, by the names ClickHouse uses.</summary>
/// <param name="QueryId">The caller's id, or a new one.</param>
/// <param name="Database">The database that unqualified names mean.</param>
/// <param name="DefaultFormat">The format of a result, where the statement names none.</param>
/// <param name="Query">The statement in the URL; empty where there is none.</param>
/// <param name="Parameters">Values of <c>{name:Type}</c> placeholders.</param>
/// <param name="Settings">Settings of the engine, in the order given.</param>
/// <param name="WaitEndOfQuery">Hold the whole result back until the query has ended.</param>
/// <param name="ReadOnly">True for GET and HEAD: such a request changes nothing.</param>
public sealed record RequestSettings(
    string QueryId,
    string Database,
    string DefaultFormat,
    string Query,
    IReadOnlyCollection<KeyValuePair<string, string>> Parameters,
    IReadOnlyList<KeyValuePair<string, string>> Settings,
    bool WaitEndOfQuery,
    bool ReadOnly)
{
    /// <summary>Bytes of the statement that are accepted.</summary>
    public int StatementBytes { get; private init; } = Limits.StatementBytes;

    /// <summary>False where the caller asked that results are not compressed.</summary>
    public bool CompressResult { get; private init; } = true;

    /// <summary>Reads a request.</summary>
    /// <exception cref="EngineException">An unknown or refused setting, a wrong user, or what is not offered.</exception>
    public static RequestSettings Read(HttpRequest request, EngineCatalog catalog)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, values) in request.Query)
        {
            var value = values.Count == 0 ? "" : values[^1] ?? "";
            if (name.StartsWith("param_", StringComparison.Ordinal)) parameters[name[6..]] = value;
            else if (!IsOfTransport(name, value)) settings[name] = Checked(name, value, catalog);
        }
        CheckUser(request);
        string Text(string name) => request.Query.TryGetValue(name, out var x) ? x[^1] ?? "" : "";
        return new RequestSettings(
            Header(request, "query_id", "X-ClickHouse-Query-Id") is { Length: > 0 } id ? id : NewId(),
            Header(request, "database", "X-ClickHouse-Database") is { Length: > 0 } database ? database : "default",
            Header(request, "default_format", "X-ClickHouse-Format") is { Length: > 0 } format ? format : "TabSeparated",
            Text("query"),
            parameters,
            [.. settings.Where(x => x.Key is not ("enable_http_compression" or "http_wait_end_of_query"))],
            settings.GetValueOrDefault("http_wait_end_of_query", Text("wait_end_of_query")) is "1" or "true",
            HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            StatementBytes = StatementSize(settings),
            CompressResult = !settings.TryGetValue("enable_http_compression", out var compress) || compress is not ("0" or "false"),
        };
    }

    private static string NewId() => new Guid(RandomNumberGenerator.GetBytes(16)).ToString("D", CultureInfo.InvariantCulture);

    private static string Header(HttpRequest request, string inUrl, string header) =>
        request.Query.TryGetValue(inUrl, out var value) && value[^1] is { Length: > 0 } text ? text : request.Headers[header].ToString();

    // What belongs to the HTTP interface and not to the statement. Sessions would outlive the request's connection.
    private static bool IsOfTransport(string name, string value)
    {
        if (name is "session_id" && value.Length > 0) throw NotOffered("sessions (session_id)");
        if (name is "compress" or "decompress" && value is "1") throw NotOffered($"blocks in ClickHouse's own compression ({name}=1); use Accept-Encoding and Content-Encoding");
        return name is "query" or "database" or "default_format" or "query_id" or "user" or "password" or "quota_key"
            or "session_id" or "session_timeout" or "session_check" or "session_close" or "compress" or "decompress"
            or "buffer_size" or "wait_end_of_query" or "stacktrace" or "client_protocol_version" or "role";
    }

    private static string Checked(string name, string value, EngineCatalog catalog)
    {
        StatementGuard.CheckSetting(name);
        return catalog.Settings.Contains(name) ? value : throw EngineException.Of(ErrorCode.UnknownSetting, $"Unknown setting '{name}'");
    }

    private static int StatementSize(Dictionary<string, string> settings) =>
        settings.TryGetValue("max_query_size", out var size) && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes > 0
            ? (int)Math.Min(bytes, Limits.LargestStatementBytes)
            : Limits.StatementBytes;

    // The engine has one user without a password, like a server as it comes; a password that is sent is wrong.
    private static void CheckUser(HttpRequest request)
    {
        var (user, password) = Credentials.Of(request);
        if (user is not ("" or "default") || password.Length > 0)
            throw EngineException.Of(ErrorCode.AuthenticationFailed, "Authentication failed: password is incorrect, or there is no user with such name");
        if (request.HasFormContentType && request.ContentType!.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
            throw NotOffered("external tables (multipart/form-data)");
    }

    private static EngineException NotOffered(string what) =>
        EngineException.Of(ErrorCode.NotImplemented, $"The local engine does not offer {what}");
}
