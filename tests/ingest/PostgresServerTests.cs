using KpTelemetry.Tests.Engines;
using Npgsql;
using Xunit;

namespace KpTelemetry.Ingest.Tests;

public sealed class PostgresServerTests
{
    [Fact]
    public async Task A_test_database_has_all_migrations()
    {
        var server = await PostgresServer.SharedAsync();
        await using var database = NpgsqlDataSource.Create(await server.CreateDatabaseAsync());
        await using var command = database.CreateCommand("select count(*) from kp.sites");
        Assert.Equal(0L, await command.ExecuteScalarAsync());
    }
}
