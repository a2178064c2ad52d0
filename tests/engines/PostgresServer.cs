using System.Globalization;
using KpTelemetry.Platform.Postgres;
using KpTelemetry.Schemas;
using Npgsql;

namespace KpTelemetry.Tests.Engines;

/// <summary>
/// PostgreSQL from the npm package on a free loopback port. <see cref="SharedAsync"/> gives one server to all tests of a
/// process; a test makes a database of its own.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    private const string Role = "kp";
    private const long AttemptsOfADatabase = 1_000_000_000;

    // PostgreSQL refuses to run as root. The capabilities let it through parent directories of mode 0700.
    private static readonly string[] AsNobody =
    [
        "--reuid=65534", "--regid=65534", "--clear-groups",
        "--inh-caps=+dac_override,+dac_read_search", "--ambient-caps=+dac_override,+dac_read_search",
    ];

    private static readonly Lazy<Task<PostgresServer>> Shared = new(StartSharedAsync);
    private readonly string _directory;
    private readonly int _port;
    private EngineProcess _process;
    private int _databases;

    private PostgresServer(string directory, int port, EngineProcess process) => (_directory, _port, _process) = (directory, port, process);

    /// <summary>The server of this test process, started when first asked for.</summary>
    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <summary>A server of one's own, for tests that stop or kill it.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("kp-postgres-").FullName;
        var data = Path.Combine(directory, "data");
        using (var initdb = Run("initdb", "-D", data, "-U", Role, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"))
        {
            await initdb.WaitForExitAsync();
            if (initdb.ExitCode != 0)
                throw new InvalidOperationException($"initdb failed:{Environment.NewLine}{initdb.Output}");
        }

        var port = Ports.Take();
        var server = new PostgresServer(directory, port, StartServer(data, port));
        await server.WaitUntilUpAsync();
        return server;
    }

    /// <summary>Where its files are, the write-ahead log among them.</summary>
    public string DataDirectory => Path.Combine(_directory, "data");

    /// <summary>A new, empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateEmptyDatabaseAsync()
    {
        var name = $"test{Interlocked.Increment(ref _databases).ToString(CultureInfo.InvariantCulture)}";
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"create database {name}", connection);
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    /// <summary>
    /// A new database with all migrations. Its attempts have numbers that no other's have: inserts are named by them, and a
    /// ClickHouse that databases share runs one of a name at a time.
    /// </summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var connectionString = await CreateEmptyDatabaseAsync();
        await using var database = NpgsqlDataSource.Create(connectionString);
        await PostgresMigrator.ApplyAsync(database, SchemasAssembly.Instance, "postgres/", CancellationToken.None);
        await using var attempts = database.CreateCommand($"select setval('kp.attempt_numbers', nextval('kp.attempt_numbers') + {AttemptsOfADatabase} * substring(current_database() from 5)::bigint)");
        await attempts.ExecuteNonQueryAsync();
        return connectionString;
    }

    /// <summary>Ends the server as kill -9 does; databases stay.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Starts the server again after <see cref="Kill"/>, on the same port.</summary>
    public async Task RestartAsync()
    {
        _process.Dispose();
        _process = StartServer(DataDirectory, _port);
        await WaitUntilUpAsync();
    }

    public void Dispose()
    {
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task<PostgresServer> StartSharedAsync()
    {
        var server = await StartAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.EndWithProcess();
        return server;
    }

    // To delete thousands of small files takes longer than a test process is given to end.
    private void EndWithProcess()
    {
        _process.Dispose();
        using var removal = System.Diagnostics.Process.Start("rm", ["-rf", _directory]);
    }

    private static EngineProcess StartServer(string data, int port) => Run(
        "postgres", "-D", data, "-p", port.ToString(CultureInfo.InvariantCulture), "-h", "127.0.0.1", "-k", "",
        "-c", "max_connections=200", "-c", "shared_buffers=32MB", "-c", "fsync=off");

    private static EngineProcess Run(string program, params string[] arguments)
    {
        var path = Repository.NodeModule($"@embedded-postgres/{Platform}/native/bin/{program}");
        return Environment.IsPrivilegedProcess
            ? EngineProcess.Start("setpriv", [.. AsNobody, path, .. arguments])
            : EngineProcess.Start(path, arguments);
    }

    private static string Platform =>
        (OperatingSystem.IsMacOS() ? "darwin" : "linux") + (System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "-arm64" : "-x64");

    private string ConnectionString(string database) =>
        $"Host=127.0.0.1;Port={_port.ToString(CultureInfo.InvariantCulture)};Database={database};Username={Role};Maximum Pool Size=20";

    private Task WaitUntilUpAsync() => _process.WaitUntilUpAsync(async () =>
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    });
}
