using System.Data.Common;
using System.Runtime.CompilerServices;
using ClickHouse.Driver;
using ClickHouse.Driver.ADO.Parameters;

namespace KpTelemetry.Platform.ClickHouse;

/// <summary>
/// ClickHouse over HTTP: statements, queries that stream, and inserts of ready-made RowBinary. Thread-safe.
/// Values travel as parameters (<c>{name:Type}</c> in the SQL), never inside its text.
/// </summary>
/// <remarks>
/// Errors: <see cref="ClickHouseServerException"/> when the server refused (its <c>ErrorCode</c> is ClickHouse's), or
/// <see cref="HttpRequestException"/>, <see cref="IOException"/>, <see cref="OperationCanceledException"/> when it did
/// not answer. After either kind it is unknown whether an insert is in. Messages may quote data: log types and codes.
/// </remarks>
public sealed class ClickHouseStore(ClickHouseOptions options) : IDisposable
{
    private readonly ClickHouseClient _client = new(options.ToSettings());

    /// <summary>Whether the server answers.</summary>
    public async Task<bool> PingAsync(CancellationToken cancellation)
    {
        try
        {
            return await _client.PingAsync(null, cancellation);
        }
        catch (Exception exception) when (exception is HttpRequestException or ClickHouseServerException or IOException
            || (exception is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>Runs one statement that answers nothing.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellation, params (string Name, object Value)[] parameters) =>
        await _client.ExecuteNonQueryAsync(sql, Parameters(parameters), null, cancellation);

    /// <summary>
    /// The rows of a query, read as they arrive: memory does not grow with the result. <paramref name="read"/> sees the
    /// reader on each row and must not keep it.
    /// </summary>
    public async IAsyncEnumerable<T> QueryAsync<T>(
        string sql, Func<DbDataReader, T> read, [EnumeratorCancellation] CancellationToken cancellation, params (string Name, object Value)[] parameters)
    {
        using var reader = await _client.ExecuteReaderAsync(sql, Parameters(parameters), null, cancellation);
        while (await reader.ReadAsync(cancellation))
            yield return read(reader);
    }

    /// <summary>The first column of the first row, a count or another whole number.</summary>
    public async Task<ulong> CountAsync(string sql, CancellationToken cancellation, params (string Name, object Value)[] parameters) =>
        Convert.ToUInt64(await _client.ExecuteScalarAsync(sql, Parameters(parameters), null, cancellation), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>
    /// Inserts RowBinary rows as one block, hence one part, provided that they lie in one partition of the table.
    /// Returning means that they are in; an exception that they may or may not be, or may yet come.
    /// </summary>
    public async Task InsertAsync(string table, IEnumerable<string> columns, Stream rows, string queryId, CancellationToken cancellation)
    {
        var query = new QueryOptions { QueryId = queryId, CustomSettings = OneBlock() };
        using var response = await _client.InsertRawStreamAsync(table, rows, "RowBinary", columns.Select(column => $"`{column}`"), useCompression: true, query, cancellation);
    }

    /// <summary>Ends a query and returns when it no longer runs; nothing happens where none of that id runs.</summary>
    public async Task KillAsync(string queryId, CancellationToken cancellation) =>
        await ExecuteAsync("KILL QUERY WHERE query_id = {id:String} SYNC", cancellation, ("id", queryId));

    /// <summary>Whether a query of that id runs. The embedded engine has ids of its own and keeps the caller's as the comment.</summary>
    public async Task<bool> IsRunningAsync(string queryId, CancellationToken cancellation) =>
        await CountAsync("SELECT count() FROM system.processes WHERE query_id = {id:String} OR Settings['log_comment'] = {id:String}", cancellation, ("id", queryId)) > 0;

    public void Dispose() => _client.Dispose();

    // A block that the server cut in two, or gathered with others (async inserts), would be two parts or none of ours:
    // rows and their marker could then become visible apart.
    private static Dictionary<string, object> OneBlock() => new(StringComparer.Ordinal)
    {
        ["async_insert"] = 0,
        ["input_format_parallel_parsing"] = 0,
        ["max_insert_block_size"] = MaxRowsOfInsert,
        ["min_insert_block_size_rows"] = MaxRowsOfInsert,
        ["min_insert_block_size_bytes"] = 0,
        ["max_insert_threads"] = 1,
    };

    /// <summary>The most rows that one insert may carry.</summary>
    public const int MaxRowsOfInsert = 1_000_000;

    private static ClickHouseParameterCollection? Parameters((string Name, object Value)[] parameters)
    {
        if (parameters.Length == 0)
            return null;
        var collection = new ClickHouseParameterCollection();
        foreach (var (name, value) in parameters)
            collection.Add(new ClickHouseDbParameter { ParameterName = name, Value = value });
        return collection;
    }
}
