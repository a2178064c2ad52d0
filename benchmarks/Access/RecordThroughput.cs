using System.Diagnostics;
using System.Globalization;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Benchmarks.Import;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Schemas.Raw;
using Npgsql;

namespace KpTelemetry.Benchmarks.Access;

/// <summary>
/// How fast the access record takes what members did, as the processors append it: sealed, in Marten's streams, with
/// leaves and tree, on the stack's own PostgreSQL (fsync on) and key store, checkpoints being signed meanwhile. Each writer
/// is a partition with members of its own, who come for visits of some services and go; those ends are recorded too.
/// </summary>
internal static class RecordThroughput
{
    private const int Writers = 2;
    private const int BatchEvents = 1000;
    private const int Members = 50_000;
    private const int ServicesOfVisit = 8;
    private const int VisitsAtOnce = 250;
    private const int EventsAMinute = 1500;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var events = arguments is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 1_000_000;
        await using var stack = await BenchStack.StartAsync();
        await using var database = NpgsqlDataSource.Create(stack.Postgres);
        using var keys = KeyStore.Open(Path.Combine(stack.Home, "keys"));
        using var store = new RecordStore(database, keys, TimeProvider.System);
        await store.ApplySchemaAsync(CancellationToken.None);

        Console.WriteLine($"{events:N0} access events of {Members:N0} members in visits of {ServicesOfVisit} services, {Writers} writers, transactions of {BatchEvents:N0}");
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var recorder = new AccessRecorder(store);
            for (var batch = 0; batch * BatchEvents * Writers < events; batch++)
                await AppendAsync(database, recorder, writer, batch);
        })));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine($"recorded in {seconds:F1} s: {events / seconds:N0} events/s, and beside them {await CountAsync(database) - events:N0} entries of ended sessions and checkpoints");
        await RecordVerifying.TellAsync(store, keys);
        return 0;
    }

    private static async Task<long> CountAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select entries from audit.head");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task AppendAsync(NpgsqlDataSource database, AccessRecorder recorder, int writer, int batch)
    {
        var source = new Guid(writer, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        var told = Enumerable.Range(batch * BatchEvents, BatchEvents).Select(i => Told(writer, i)).Select(told => MemberAccess.FromLine(source, told) with { ReceivedMs = told.AtMs }).ToList();
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await recorder.AppendAsync(transaction, new AccessSpan(source, writer, told, [new SessionMark(told.Count, told[^1].Told.AtMs, null)]), CancellationToken.None);
        await transaction.CommitAsync();
    }

    // Members return as people do: a few often, most seldom. So many visits are under way at a time, one event of each after the other.
    private static AccessEvent Told(int writer, int i) => new()
    {
        Site = new SiteStamp { Name = "healthy.kaiserpermanente.org", Revision = 1, Timezone = "America/Los_Angeles", Policy = "20170913" },
        AtMs = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero).AddMilliseconds(i * 60_000L * Writers / EventsAMinute).ToUnixTimeMilliseconds(),
        Member = string.Create(CultureInfo.InvariantCulture, $"M{writer}{(int)(Members / Writers * Math.Pow(new Random(VisitOf(i)).NextDouble(), 3)):d7}"),
        Action = "service-accessed",
        Service = "/my/appointments",
        Channel = "web",
        Outcome = "success",
        Position = i * 200L,
    };

    private static int VisitOf(int i) => (i / (VisitsAtOnce * ServicesOfVisit) * VisitsAtOnce) + (i % VisitsAtOnce);
}
