using System.Buffers.Binary;
using KpTelemetry.Local.Broker;
using KpTelemetry.Local.Broker.Requests;

namespace KpTelemetry.Broker.Tests;

public sealed class HostileFrameTests : IAsyncLifetime
{
    private const int Seed = 20260102;
    private readonly TestHome _home = new();
    private readonly RecordingLog _log = new();
    private KafkaBroker _broker = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await KafkaBroker.StartAsync(new BrokerOptions { Home = _home, MaxPartitions = 20, MaxGroups = 20 }, log: _log);
        await Clients.CreateTopicAsync(_broker.BootstrapServers, "t");
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _home.Dispose();
    }

    public static TheoryData<string, byte[]> Frames() => new()
    {
        { "negative length", [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0] },
        { "length zero", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
        { "length of two gigabytes", [0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 7, 0, 0, 0, 0] },
        { "another protocol", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray() },
        { "unknown key", RawClient.Frame(999, 0, 1, []) },
        { "negative key", RawClient.Frame(-1, 0, 1, []) },
        { "unknown version", RawClient.Frame(3, 99, 1, []) },
        { "empty body", RawClient.Frame(3, 5, 1, []) },
        { "an array of two billion", RawClient.Frame(3, 5, 1, new Fields().Int32(int.MaxValue).ToArray()) },
        { "an array of minus two", RawClient.Frame(3, 5, 1, new Fields().Int32(-2).ToArray()) },
        { "a string beyond the end", RawClient.Frame(10, 0, 1, [0x7f, 0xff, 65]) },
        { "a string of minus two", RawClient.Frame(10, 0, 1, [0xff, 0xfe]) },
        { "a string that is no text", RawClient.Frame(10, 0, 1, [0, 2, 0xc3, 0x28]) },
        { "a varint without an end", RawClient.Frame(3, 9, 1, [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) },
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public async Task A_hostile_frame_closes_its_connection_and_no_other(string what, byte[] frame)
    {
        using var bystander = await RawClient.ConnectAsync(_broker.EndPoint);
        using (var client = await RawClient.ConnectAsync(_broker.EndPoint))
        {
            await client.SendAsync(frame);
            Assert.True(await client.ReceiveAsync() is null, what);
        }

        Assert.NotNull(await bystander.CallAsync(18, 0, []));
        Assert.Empty(_log.Errors);
    }

    [Fact]
    public async Task An_unknown_version_of_ApiVersions_is_answered_in_the_oldest_form()
    {
        using var client = await RawClient.ConnectAsync(_broker.EndPoint);
        var answer = await client.CallAsync(18, 99, []);
        Assert.Equal(35, BinaryPrimitives.ReadInt16BigEndian(answer));
        Assert.Equal(ApiTable.All.Count, BinaryPrimitives.ReadInt32BigEndian(answer.AsSpan(2)));
    }

    [Fact]
    public async Task Random_bodies_of_every_request_and_version_do_no_harm()
    {
        var random = new Random(Seed);
        foreach (var api in ApiTable.All.Values)
        {
            for (var version = api.Least; version <= api.Most; version++)
            {
                for (var i = 0; i < 8; i++)
                {
                    var body = new byte[random.Next(0, 80)];
                    random.NextBytes(body);
                    await SendAsync(RawClient.Frame((int)api.Key, version, i, body));
                }
            }
        }

        await StillSoundAsync();
    }

    [Fact]
    public async Task Good_requests_with_a_few_wrong_bytes_do_no_harm()
    {
        var random = new Random(Seed + 1);
        var member = new Fields().String("g").Int32(6000).Int32(6000).String("").String("consumer").Int32(1).String("range").Bytes([1, 2, 3]);
        byte[][] good =
        [
            RawClient.Frame(0, 7, 1, RawClient.ProduceBody("t", -1, Batches.Build(2, 5, 0, 0))),
            RawClient.Frame(1, 4, 1, new Fields().Int32(-1).Int32(0).Int32(1).Int32(1000).Int8(0).Int32(1).String("t").Int32(1).Int32(0).Int64(0).Int32(1000).ToArray()),
            RawClient.Frame(2, 1, 1, new Fields().Int32(-1).Int32(1).String("t").Int32(1).Int32(0).Int64(-1).ToArray()),
            RawClient.Frame(3, 5, 1, new Fields().Int32(1).String("t").Int8(1).ToArray()),
            RawClient.Frame(8, 2, 1, new Fields().String("g").Int32(-1).String("").Int64(-1).Int32(1).String("t").Int32(1).Int32(0).Int64(1).String("m").ToArray()),
            RawClient.Frame(9, 2, 1, new Fields().String("g").Int32(1).String("t").Int32(1).Int32(0).ToArray()),
            RawClient.Frame(11, 1, 1, member.ToArray()),
            RawClient.Frame(19, 1, 1, new Fields().Int32(1).String("u").Int32(1).Int16(1).Int32(0).Int32(1).String("retention.ms").String("5").Int32(1).Int8(0).ToArray()),
            RawClient.Frame(20, 1, 1, new Fields().Int32(1).String("u").Int32(1).ToArray()),
            RawClient.Frame(21, 0, 1, new Fields().Int32(1).String("t").Int32(1).Int32(0).Int64(1).Int32(1).ToArray()),
            RawClient.Frame(32, 1, 1, new Fields().Int32(1).Int8(2).String("t").Int32(-1).Int8(0).ToArray()),
        ];
        for (var i = 0; i < 1500; i++)
        {
            var frame = good[random.Next(good.Length)].ToArray();
            for (var flips = random.Next(1, 5); flips > 0; flips--)
            {
                frame[random.Next(4, frame.Length)] = (byte)random.Next(256);
            }

            await SendAsync(frame);
        }

        await StillSoundAsync();
    }

    [Fact]
    public async Task Frames_cut_at_every_byte_do_no_harm()
    {
        var frame = RawClient.Frame(0, 7, 1, RawClient.ProduceBody("t", -1, Batches.Build(1)));
        for (var cut = 0; cut < frame.Length; cut++)
        {
            await SendAsync(frame[..cut]);
        }

        await StillSoundAsync();
        Assert.Empty(Clients.ReadAll(_broker.BootstrapServers, "t"));
    }

    private async Task SendAsync(byte[] frame)
    {
        using var client = await RawClient.ConnectAsync(_broker.EndPoint);
        await client.SendAsync(frame);
        client.EndSending();
        await client.ReadToEndAsync();
    }

    private async Task StillSoundAsync()
    {
        using var client = await RawClient.ConnectAsync(_broker.EndPoint);
        Assert.NotNull(await client.CallAsync(18, 0, []));
        Assert.True(!_log.Errors.Any(), $"seed {Seed}: {string.Join('\n', _log.Errors.Take(3))}");
    }
}
