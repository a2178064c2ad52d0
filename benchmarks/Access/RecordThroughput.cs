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
/// leaves and tree, on the stack's own PostgreSQL (fsync on) and key store, checkpoints being signed meanwhile.
/// </summary>
internal static class RecordThroughput
{
    private const int Writers = 2;
    private const int BatchEvents = 1000;
    private const int Members = 50_000;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var events = arguments is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 1_000_000;
        await using var stack = await BenchStack.StartAsync();
        await using var database = NpgsqlDataSource.Create(stack.Postgres);
        using var keys = KeyStore.Open(Path.Combine(stack.Home, "keys"));
        using var store = new RecordStore(database, keys, TimeProvider.System);
        await store.ApplySchemaAsync(CancellationToken.None);

        Console.WriteLine($"{events:N0} access events of {Members:N0} members, {Writers} writers, transactions of {BatchEvents:N0}");
        var started = Stopwatch.GetTimestamp();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            var recorder = new AccessRecorder(store);
            for (var batch = Interlocked.Increment(ref next); batch * BatchEvents < events; batch = Interlocked.Increment(ref next))
                await AppendAsync(database, recorder, batch);
        })));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine($"recorded in {seconds:F1} s: {events / seconds:N0} events/s");
        await RecordVerifying.TellAsync(store, keys);
        return 0;
    }

    private static async Task AppendAsync(NpgsqlDataSource database, AccessRecorder recorder, int batch)
    {
        var source = new Guid("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b0aa");
        var told = Enumerable.Range(batch * BatchEvents, BatchEvents).Select(i => MemberAccess.FromLine(source, Told(i))).ToList();
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await recorder.AppendAsync(transaction, told, CancellationToken.None);
        await transaction.CommitAsync();
    }

    // Members return as people do: a few often, most seldom.
    private static AccessEvent Told(int i) => new()
    {
        Site = new SiteStamp { Name = "healthy.kaiserpermanente.org", Revision = 1, Timezone = "America/Los_Angeles", Policy = "20170913" },
        AtMs = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero).AddMilliseconds(i * 40L).ToUnixTimeMilliseconds(),
        Member = string.Create(CultureInfo.InvariantCulture, $"M{(int)(Members * Math.Pow(new Random(i).NextDouble(), 3)):d8}"),
        Action = "service-accessed",
        Service = "/my/appointments",
        Channel = "web",
        Outcome = "success",
        Position = i * 200L,
    };
}
