using System.Globalization;
using System.Runtime.InteropServices;
using KpTelemetry.Platform.ClickHouse;
using KpTelemetry.Schemas;

namespace KpTelemetry.Tests.Engines;

/// <summary>
/// The ClickHouse host of this repository on a free loopback port. <see cref="SharedAsync"/> gives one server to all tests
/// of a process; a test makes a database of its own.
/// </summary>
public sealed class ClickHouseServer : IDisposable
{
    private static readonly Lazy<Task<ClickHouseServer>> Shared = new(StartAsync);
    private readonly string _directory;
    private readonly int _port;
    private EngineProcess _process;
    private int _databases;

    private ClickHouseServer(string directory, int port, EngineProcess process) => (_directory, _port, _process) = (directory, port, process);

    /// <summary>The server of this test process, started when first asked for.</summary>
    public static Task<ClickHouseServer> SharedAsync() => Shared.Value;

    /// <summary>A server of one's own, for tests that stop or kill it.</summary>
    public static async Task<ClickHouseServer> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("kp-clickhouse-").FullName;
        var port = Ports.Take();
        var server = new ClickHouseServer(directory, port, StartServer(directory, port));
        await server.WaitUntilUpAsync();
        return server;
    }

    /// <summary>A new database with all migrations.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test{Interlocked.Increment(ref _databases).ToString(CultureInfo.InvariantCulture)}";
        using (var server = Connect("default"))
            await server.ExecuteAsync($"CREATE DATABASE {name}", CancellationToken.None);
        using var database = Connect(name);
        await ClickHouseMigrator.ApplyAsync(database, SchemasAssembly.Instance, "clickhouse/", CancellationToken.None);
        return ConnectionString(name);
    }

    /// <summary>Ends the server as kill -9 does; what was acknowledged stays.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Starts the server again after <see cref="Kill"/>, on the same port.</summary>
    public async Task RestartAsync()
    {
        _process.Dispose();
        _process = StartServer(_directory, _port);
        await WaitUntilUpAsync();
    }

    public void Dispose()
    {
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static EngineProcess StartServer(string directory, int port) => EngineProcess.Start(
        "dotnet",
        [
            Repository.Program("KpTelemetry.Local.ClickHouse"), "--home", directory, "--port", port.ToString(CultureInfo.InvariantCulture),
            "--library", Repository.NodeModule($"@chdb/lib-{Platform}/libchdb.so"),
        ]);

    private static string Platform =>
        (OperatingSystem.IsMacOS() ? "darwin" : "linux")
        + (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "-arm64" : "-x64")
        + (OperatingSystem.IsMacOS() ? "" : "-gnu");

    private ClickHouseStore Connect(string database) => new(new ClickHouseOptions { Connection = ConnectionString(database) });

    private string ConnectionString(string database) => $"Host=127.0.0.1;Port={_port.ToString(CultureInfo.InvariantCulture)};Database={database}";

    private Task WaitUntilUpAsync() => _process.WaitUntilUpAsync(async () =>
    {
        using var store = Connect("default");
        return await store.PingAsync(CancellationToken.None);
    });
}
