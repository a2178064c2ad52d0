using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using KpTelemetry.Platform.Kafka;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Schemas;
using KpTelemetry.Schemas.Raw;
using Xunit;

namespace KpTelemetry.Service.Tests;

/// <summary>A line of a signed-on member as a test states it.</summary>
internal sealed record SignedOnLine(string Member, DateTimeOffset At, string Service, string Address, string Site = RunningService.Site, string Actor = "");

/// <summary>Puts groups into the log as ingest does: what was counted in one, who it was in another, of another partition.</summary>
internal static class SealedGroups
{
    public static async Task WriteAsync(RunningService service, params IReadOnlyList<SignedOnLine> lines)
    {
        await TopicCatalog.EnsureAsync(service.Kafka, Topics.Raw, 2, CancellationToken.None);
        var site = new SiteStamp { Name = lines[0].Site, Revision = 1, Timezone = "UTC", Policy = "20170913" };
        var file = new FileRange { Source = Id(), Import = Id(), From = 0, To = lines.Count, Site = site };
        var access = new AccessBatch();
        access.Events.AddRange(lines.Select((line, i) => new AccessEvent
        {
            Site = new SiteStamp { Name = line.Site }, AtMs = line.At.ToUnixTimeMilliseconds(), Member = line.Member, Actor = line.Actor, Action = "service-accessed", Service = line.Service, Channel = "web", Outcome = "success", Position = i,
        }));
        await ProduceAsync(service, 1, GroupKind.Access, file, lines, access.ToByteArray());
        await ProduceAsync(service, 0, GroupKind.Telemetry, file, lines, Telemetry(site, lines));
    }

    private static byte[] Telemetry(SiteStamp site, IReadOnlyList<SignedOnLine> lines)
    {
        var writer = new EventBatchWriter();
        foreach (var (line, i) in lines.Select((line, i) => (line, i)))
        {
            writer.Add(writer.Section(site), new EventRow
            {
                TimeMs = line.At.ToUnixTimeMilliseconds(), Position = i, Flags = EventFlags.SignedOn, Address = Value(line.Address), Agent = Value("Firefox"), Method = Value("GET"), Path = Value(line.Service), Status = 200, Bytes = 4711,
            });
        }

        return writer.Finish().ToArray();

        int Value(string text) => writer.Value(Encoding.UTF8.GetBytes(text));
    }

    private static async Task ProduceAsync(RunningService service, int partition, GroupKind kind, FileRange file, IReadOnlyList<SignedOnLine> lines, byte[] body)
    {
        var header = new GroupHeader
        {
            Instance = Id(), Sequence = 1, Kind = kind, SealingKey = KeyNames.Sealing(DateOnly.FromDateTime(lines[0].At.UtcDateTime)), StateKey = "state/2026-01-01", Rows = (uint)lines.Count, File = file,
            ReceivedFromMs = lines.Max(line => line.At).ToUnixTimeMilliseconds(), ReceivedToMs = lines.Max(line => line.At).ToUnixTimeMilliseconds(),
        };
        using var sealer = new GroupSealer(service.Keys);
        var record = sealer.Seal(header.ToByteArray(), header.SealingKey, sealer.Compress(body));
        using var producer = new RecordProducer(service.Kafka, Topics.Raw, 1 << 20);
        var stored = new TaskCompletionSource<ProduceReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(producer.TryProduce(partition, record, stored.SetResult));
        Assert.True((await stored.Task).IsStored);
    }

    private static ByteString Id() => ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16));
}
