using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas.Raw;
using Npgsql;
using Xunit;

namespace KpTelemetry.Audit.Tests;

/// <summary>A record on a database of its own, with a key store of its own.</summary>
public sealed class RecordFixture : IAsyncLifetime
{
    public NpgsqlDataSource Database { get; private set; } = null!;
    public RecordStore Store { get; private set; } = null!;
    public KeyStore Keys { get; private set; } = null!;
    public async ValueTask InitializeAsync()
    {
        var name = $"t{Guid.CreateVersion7():n}";
        await using var admin = NpgsqlDataSource.Create("Host=127.0.0.1;Port=39871;Database=kp;Username=kp");
        await admin.CreateCommand($"create database {name}").ExecuteNonQueryAsync();
        Database = NpgsqlDataSource.Create($"Host=127.0.0.1;Port=39871;Database={name};Username=kp");
        Keys = KeyStore.Open(Directory.CreateTempSubdirectory("audit-keys-").FullName);
        Store = new RecordStore(Database);
        await Store.ApplySchemaAsync(default);
    }
    public async ValueTask DisposeAsync() { Store.Dispose(); Keys.Dispose(); await Database.DisposeAsync(); }
}

public sealed class Bench(RecordFixture f, ITestOutputHelper o) : IClassFixture<RecordFixture>
{
    [Fact]
    public async Task Go()
    {
        var recorder = new AccessRecorder(f.Store, f.Keys, TimeProvider.System);
        var source = Guid.CreateVersion7();
        var pos = 0L;
        var rnd = new Random(1);
        for (var round = 0; round < 4; round++)
        {
        var sw = System.Diagnostics.Stopwatch.StartNew();
        for (var b = 0; b < 20; b++)
        {
            var events = Enumerable.Range(0, 500).Select(_ => MemberAccess.FromLine(source, new AccessEvent { Site = new SiteStamp { Name = "kp.org" }, AtMs = 1_700_000_000_000 + pos, Member = $"member{rnd.Next(3000)}", Action = "service-accessed", Service = "/my/labs", Channel = "web", Position = pos++ * 100 })).ToList();
            await using var c = await f.Database.OpenConnectionAsync();
            await using var tx = await c.BeginTransactionAsync();
            var a = await recorder.AppendAsync(tx, events, default);
            await tx.CommitAsync();
            Assert.Equal(500, a.Recorded);
        }
        var cpu = System.Diagnostics.Process.GetCurrentProcess().TotalProcessorTime;
        await using var cmdp = f.Database.CreateCommand("select pg_backend_pid()::text");
        var pids = System.Diagnostics.Process.GetProcessesByName("postgres").Sum(p => p.TotalProcessorTime.TotalSeconds);
        o.WriteLine($"{10000/sw.Elapsed.TotalSeconds:n0}/s cpu client {cpu.TotalSeconds:n2} pg {pids:n2}");
        }
        await using var cmd = f.Database.CreateCommand("select (select count(*) from audit.mt_events)::text || ' ' || (select count(*) from audit.entries)::text || ' ' || (select entries from audit.head)::text || ' ' || (select count(*) from audit.mt_events e join audit.entries n on n.seq = e.seq_id)::text || (select data::text from audit.mt_events limit 1)");
        o.WriteLine((string)(await cmd.ExecuteScalarAsync())!);
    }
}
