using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using KpTelemetry.Audit.Pushing;
using KpTelemetry.Tests.Engines;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KpTelemetry.Audit.Tests;

/// <summary>A SIEM is told of every entry, in order, at least once, whatever it does.</summary>
public sealed class PushingTests
{
    private static readonly Guid Source = new("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b020");
    private static readonly byte[] Secret = "a secret of the right length"u8.ToArray();

    [Fact]
    public async Task Webhook_IsToldOfEveryEntryInOrder_AlsoOfWhatItRefusedFirst()
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 450));
        await using var siem = new WebhookServer();
        using var http = WebhookSink.Client();
        using var metrics = new PushMetrics();
        var push = Service(record, metrics);
        var sink = new WebhookSink(http, siem.Address, Secret, record.Time);

        siem.Answer = HttpStatusCode.ServiceUnavailable;
        await Assert.ThrowsAsync<PushRefusedException>(() => push.PushOnceAsync(sink, CancellationToken.None));
        siem.Answer = HttpStatusCode.NoContent;
        var counts = new List<int>();
        do
            counts.Add(await push.PushOnceAsync(sink, CancellationToken.None));
        while (counts[^1] > 0);

        Assert.Equal([200, 200, 50, 0], counts);
        Assert.Equal(Enumerable.Range(0, 450), siem.Taken);
        Assert.True(siem.AllSigned);
        await record.AppendAsync(Record.Lines(Source, 450, 3));
        Assert.Equal(3, await Service(record, metrics).PushOnceAsync(sink, CancellationToken.None));
        Assert.Equal(Enumerable.Range(0, 453), siem.Taken);
    }

    // A receiver forgets a message whose id it has seen: what it would not have seen must not come under that id.
    [Fact]
    public async Task Webhook_BatchThatComesAgain_HasItsId_AndOneThatGrewSinceHasAnother()
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 2));
        await using var siem = new WebhookServer { Answer = HttpStatusCode.GatewayTimeout };
        using var http = WebhookSink.Client();
        using var metrics = new PushMetrics();
        var push = Service(record, metrics);
        var sink = new WebhookSink(http, siem.Address, Secret, record.Time);
        await Assert.ThrowsAsync<PushRefusedException>(() => push.PushOnceAsync(sink, CancellationToken.None));
        await Assert.ThrowsAsync<PushRefusedException>(() => push.PushOnceAsync(sink, CancellationToken.None));
        await record.AppendAsync(Record.Lines(Source, 2, 1));
        siem.Answer = HttpStatusCode.OK;
        Assert.Equal(3, await push.PushOnceAsync(sink, CancellationToken.None));
        Assert.Equal(siem.Ids[0], siem.Ids[1]);
        Assert.NotEqual(siem.Ids[0], siem.Ids[2]);
    }

    [Fact]
    public async Task Push_WhileAnotherProcessPushes_DoesNothing()
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 5));
        using var metrics = new PushMetrics();
        var slow = new SlowSink();
        var first = Service(record, metrics).PushOnceAsync(slow, CancellationToken.None);
        await slow.Started.Task;
        Assert.Equal(0, await Service(record, metrics).PushOnceAsync(slow, CancellationToken.None));
        slow.Go.SetResult();
        Assert.Equal(5, await first);
    }

    [Fact]
    public async Task Syslog_MessagesAreFramedByTheirLength_AndAConnectionThatBrokeIsMadeAnew()
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 3));
        using var metrics = new PushMetrics();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var sink = SinkOf(listener);
        var push = Service(record, metrics);

        var receiving = ReceiveAsync(listener, 3);
        Assert.Equal(3, await push.PushOnceAsync(sink, CancellationToken.None));
        var messages = await receiving;
        Assert.StartsWith("<109>1 20", messages[0], StringComparison.Ordinal);
        Assert.Contains("Z host-1 kp-telemetry - service-accessed [meta sequenceId=\"1\"] \uFEFF{", messages[0], StringComparison.Ordinal);
        Assert.Equal(["0", "1", "2"], messages.Select(message => JsonDocument.Parse(message[message.IndexOf('{', StringComparison.Ordinal)..]).RootElement.GetProperty("metadata").GetProperty("uid").GetString()));

        sink.Dispose();
        await record.AppendAsync(Record.Lines(Source, 3, 1));
        receiving = ReceiveAsync(listener, 1);
        Assert.Equal(1, await push.PushOnceAsync(sink, CancellationToken.None));
        Assert.Contains("\"uid\":\"3\"", Assert.Single(await receiving), StringComparison.Ordinal);
        listener.Stop();
        sink.Dispose();
        await record.AppendAsync(Record.Lines(Source, 4, 1));
        await Assert.ThrowsAsync<PushRefusedException>(() => push.PushOnceAsync(sink, CancellationToken.None));
    }

    [Fact]
    public async Task Syslog_ServerThatClosedTheConnection_IsToldOfTheNextEntries()
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 1));
        using var metrics = new PushMetrics();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var sink = SinkOf(listener);
        var push = Service(record, metrics);
        var receiving = ReceiveAsync(listener, 1);
        await push.PushOnceAsync(sink, CancellationToken.None);
        await receiving;
        await sink.Ended;

        await record.AppendAsync(Record.Lines(Source, 1, 1));
        receiving = ReceiveAsync(listener, 1);
        Assert.Equal(1, await push.PushOnceAsync(sink, CancellationToken.None));
        Assert.Contains("\"uid\":\"1\"", Assert.Single(await receiving), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Syslog_PushThatWasCutOff_LeavesNoHalfMessageBeforeTheNext()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var sink = SinkOf(listener);
        var line = new ReadingRecord.RecordLine { Index = 0, Kind = "staff-queried", At = Record.Start, RecordedAt = Record.Start, Handle = Source };
        using var deadline = new CancellationTokenSource();
        // More than a connection holds that nobody reads.
        var hanging = sink.PushAsync([.. Enumerable.Repeat(line with { Case = new string('c', 1 << 20) }, 32)], deadline.Token);
        using var silent = await listener.AcceptTcpClientAsync();
        await deadline.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);

        var receiving = ReceiveAsync(listener, 1);
        await sink.PushAsync([line with { Index = 7 }], CancellationToken.None);
        Assert.Contains("\"uid\":\"7\"", Assert.Single(await receiving), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Webhook_ThatSendsElsewhere_IsNotFollowed()
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 2));
        await using var elsewhere = new WebhookServer();
        await using var siem = new WebhookServer { Answer = HttpStatusCode.TemporaryRedirect, Location = elsewhere.Address };
        using var http = WebhookSink.Client();
        using var metrics = new PushMetrics();
        await Assert.ThrowsAsync<PushRefusedException>(() => Service(record, metrics).PushOnceAsync(new WebhookSink(http, siem.Address, Secret, record.Time), CancellationToken.None));
        Assert.Empty(elsewhere.Taken);
    }

    [Fact]
    public async Task Entry_ThatSomebodyMadeUnreadable_IsToldAsThat_AndKeepsNoOtherBack()
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 3));
        await ExecuteAsync(record, "update audit.mt_events set data = '{\"body\": \"?\"}' where seq_id = (select seq from audit.entries where index = 1)");
        using var metrics = new PushMetrics();
        var sink = new ListSink();
        Assert.Equal(3, await Service(record, metrics).PushOnceAsync(sink, CancellationToken.None));
        Assert.Equal([0, 1, 2], sink.Taken);
    }

    [Fact]
    public async Task Entry_ThatCannotEvenBeAskedFor_IsWaitedFor_AndEndsNoService()
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 1));
        await ExecuteAsync(record, "update audit.entries set at = 'infinity'");
        using var metrics = new PushMetrics();
        var log = new Told();
        using var push = new PushService(record.Store, record.Reader, [new SlowSink()], metrics, TimeProvider.System, log);
        await push.StartAsync(CancellationToken.None);
        Assert.Same(log.Warned.Task, await Task.WhenAny(push.ExecuteTask!, log.Warned.Task));
        await push.StopAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData("update audit.pushes set next = 5")]
    [InlineData("update audit.pushes set next = 7")]
    [InlineData("update audit.pushes set next = 1000000")]
    [InlineData("update audit.pushes set next = -1")]
    [InlineData("update audit.pushes set tag = (select tag from audit.head)")]
    [InlineData("update audit.pushes set tag = ''")]
    [InlineData("update audit.pushes p set next = o.next, tag = o.tag from audit.pushes o where p.sink = 'list' and o.sink = 'other'")]
    [InlineData("update audit.entries set leaf = set_byte(leaf, 5, 1 - least(1, get_byte(leaf, 5))) where index = 2")]
    [InlineData("delete from audit.entries where index = 2")]
    public async Task Place_ThatSomebodyMoved_IsNone_AndTheSiemIsToldEverythingAnew(string attack)
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 3));
        using var metrics = new PushMetrics();
        var (sink, log) = (new ListSink(), new Told());
        using var push = new PushService(record.Store, record.Reader, [], metrics, TimeProvider.System, log);
        Assert.Equal(3, await push.PushOnceAsync(sink, CancellationToken.None));
        await record.AppendAsync(Record.Lines(Source, 3, 4));
        Assert.Equal(7, await push.PushOnceAsync(new ListSink { Name = "other" }, CancellationToken.None));
        await ExecuteAsync(record, attack);
        Assert.Empty(log.Errors);

        sink.Taken.Clear();
        await push.PushOnceAsync(sink, CancellationToken.None);
        var there = attack.StartsWith("delete", StringComparison.Ordinal) ? Enumerable.Range(0, 7).Where(index => index != 2) : Enumerable.Range(0, 7);
        Assert.Equal(there, sink.Taken.Select(index => (int)index));
        Assert.Contains("told everything anew", log.Errors[0], StringComparison.Ordinal);
        log.Errors.Clear();
        Assert.Equal(0, await push.PushOnceAsync(sink, CancellationToken.None));
        Assert.Empty(log.Errors);
    }

    [Fact]
    public async Task Place_OfBefore_IsGoneOnFrom_WithoutAnythingLeftOut()
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 3));
        using var metrics = new PushMetrics();
        var (sink, log) = (new ListSink(), new Told());
        using var push = new PushService(record.Store, record.Reader, [], metrics, TimeProvider.System, log);
        await push.PushOnceAsync(sink, CancellationToken.None);
        await ExecuteAsync(record, "create table public.kept as select * from audit.pushes");
        await record.AppendAsync(Record.Lines(Source, 3, 4));
        await push.PushOnceAsync(sink, CancellationToken.None);
        await ExecuteAsync(record, "update audit.pushes p set next = k.next, tag = k.tag from public.kept k");
        await push.PushOnceAsync(sink, CancellationToken.None);
        await ExecuteAsync(record, "delete from audit.pushes");
        await push.PushOnceAsync(sink, CancellationToken.None);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6], sink.Taken);
        Assert.Empty(log.Errors);
    }

    [Fact]
    public async Task Entries_ThatSomebodyTookAway_AreMissed_AndTheRestIsTold()
    {
        await using var record = await Record.CreateAsync();
        await record.AppendAsync(Record.Lines(Source, 0, 5));
        await ExecuteAsync(record, "delete from audit.entries where index in (0, 3)");
        using var metrics = new PushMetrics();
        var (sink, log) = (new ListSink(), new Told());
        using var push = new PushService(record.Store, record.Reader, [], metrics, TimeProvider.System, log);
        await push.PushOnceAsync(sink, CancellationToken.None);
        Assert.Equal([1, 2, 4], sink.Taken);
        Assert.Contains("from entry 0 to 4", Assert.Single(log.Errors), StringComparison.Ordinal);
    }

    private static PushService Service(Record record, PushMetrics metrics) => new(record.Store, record.Reader, [], metrics, TimeProvider.System, NullLogger<PushService>.Instance);

    private static SyslogSink SinkOf(TcpListener listener) =>
        new(new Uri($"tcp://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture)}"), "host-1");

    private static async Task ExecuteAsync(Record record, string sql)
    {
        await using var command = record.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Told : ILogger<PushService>
    {
        public TaskCompletionSource Warned { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public List<string> Errors { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
                Warned.TrySetResult();
            if (logLevel == LogLevel.Error)
                Errors.Add(formatter(state, exception));
        }
    }

    private static async Task<List<string>> ReceiveAsync(TcpListener listener, int count)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await using var stream = client.GetStream();
        var messages = new List<string>();
        while (messages.Count < count)
        {
            var length = 0;
            for (var letter = stream.ReadByte(); letter != ' '; letter = stream.ReadByte())
                length = (length * 10) + letter - '0';
            var message = new byte[length];
            await stream.ReadExactlyAsync(message);
            messages.Add(Encoding.UTF8.GetString(message));
        }

        return messages;
    }

    private sealed class ListSink : IPushSink
    {
        public List<long> Taken { get; } = [];
        public string Name { get; init; } = "list";

        public Task PushAsync(IReadOnlyList<ReadingRecord.RecordLine> lines, CancellationToken cancellation)
        {
            Taken.AddRange(lines.Select(line => line.Index));
            return Task.CompletedTask;
        }
    }

    private sealed class SlowSink : IPushSink
    {
        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public string Name => "slow";

        public async Task PushAsync(IReadOnlyList<ReadingRecord.RecordLine> lines, CancellationToken cancellation)
        {
            Started.TrySetResult();
            await Go.Task.WaitAsync(cancellation);
        }
    }

    /// <summary>A SIEM that checks signatures as the specification says.</summary>
    private sealed class WebhookServer : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly Task _serving;

        public WebhookServer()
        {
            Address = new Uri($"http://127.0.0.1:{Ports.Take().ToString(CultureInfo.InvariantCulture)}/");
            _listener.Prefixes.Add(Address.ToString());
            _listener.Start();
            _serving = ServeAsync();
        }

        public Uri Address { get; }
        public HttpStatusCode Answer { get; set; } = HttpStatusCode.OK;
        public Uri? Location { get; init; }
        public List<int> Taken { get; } = [];
        public List<string> Ids { get; } = [];
        public bool AllSigned { get; private set; } = true;

        public async ValueTask DisposeAsync()
        {
            _listener.Close();
            await _serving;
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                HttpListenerContext context;
                try
                {
                    context = await _listener.GetContextAsync();
                }
                catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }

                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                Take(context.Request, body.ToArray());
                context.Response.StatusCode = (int)Answer;
                context.Response.RedirectLocation = Location?.ToString();
                context.Response.Close();
            }
        }

        private void Take(HttpListenerRequest request, byte[] body)
        {
            var signature = Convert.ToBase64String(WebhookSink.Signature(Secret, request.Headers["webhook-id"]!, request.Headers["webhook-timestamp"]!, body));
            Ids.Add(request.Headers["webhook-id"]!);
            AllSigned &= request.Headers["webhook-signature"] == $"v1,{signature}";
            if (Answer < HttpStatusCode.Ambiguous)
                Taken.AddRange(JsonDocument.Parse(body).RootElement.EnumerateArray().Select(told => int.Parse(told.GetProperty("metadata").GetProperty("uid").GetString()!, CultureInfo.InvariantCulture)));
        }
    }
}
