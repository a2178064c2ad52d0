using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Processors.Checkpointing;
using KpTelemetry.Schemas.Raw;
using KpTelemetry.Tests.Engines;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace KpTelemetry.Pipeline.Tests.Checkpointing;

/// <summary>When checkpoints of the access record are signed, and when not.</summary>
public sealed class CheckpointerTests : IAsyncLifetime
{
    private static readonly Guid Source = new("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b0cc");

    private readonly DirectoryInfo _keysDirectory = Directory.CreateTempSubdirectory("kp-pipeline-keys-");
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 14, 9, 0, 0, TimeSpan.Zero));
    private readonly CheckpointMetrics _metrics = new();
    private readonly Levels _log = new();
    private NpgsqlDataSource _database = null!;
    private KeyStore _keys = null!;
    private RecordStore _store = null!;
    private CheckpointSigner _signer = null!;
    private int _appended;

    public async ValueTask InitializeAsync()
    {
        _database = NpgsqlDataSource.Create(await (await PostgresServer.SharedAsync()).CreateEmptyDatabaseAsync());
        _keys = KeyStore.Open(_keysDirectory.FullName);
        _store = new RecordStore(_database, _keys, _time);
        _signer = new CheckpointSigner("example.org/record", _keys.GetOrCreate(KeyNames.Checkpoints));
        await _store.ApplySchemaAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Looks_SignEachMinuteWhereSomethingIsNew()
    {
        var checkpointer = Checkpointer();
        await AppendAsync(5);
        await checkpointer.LookAsync(CancellationToken.None);
        Assert.Empty(Sizes);
        _time.Advance(TimeSpan.FromSeconds(59));
        await checkpointer.LookAsync(CancellationToken.None);
        Assert.Empty(Sizes);
        _time.Advance(TimeSpan.FromSeconds(1));
        await checkpointer.LookAsync(CancellationToken.None);
        Assert.Equal([5], Sizes);
        for (var minute = 0; minute < 3; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await checkpointer.LookAsync(CancellationToken.None);
        }

        Assert.Equal([5], Sizes);
        await AppendAsync(1);
        _time.Advance(TimeSpan.FromMinutes(1));
        await checkpointer.LookAsync(CancellationToken.None);
        Assert.Equal([5, 7], Sizes);
    }

    [Fact]
    public async Task Looks_SignEachTenThousandEntriesBeforeTheMinuteIsOver()
    {
        var checkpointer = Checkpointer();
        await AppendAsync(9_999);
        await checkpointer.LookAsync(CancellationToken.None);
        Assert.Empty(Sizes);
        await AppendAsync(1);
        await checkpointer.LookAsync(CancellationToken.None);
        await checkpointer.LookAsync(CancellationToken.None);
        Assert.Equal([10_000], Sizes);
    }

    [Fact]
    public async Task Looks_OfTwoProcesses_MakeOneChain()
    {
        Checkpointer[] both = [Checkpointer(), Checkpointer()];
        for (var minute = 1; minute <= 5; minute++)
        {
            await AppendAsync(3);
            _time.Advance(TimeSpan.FromMinutes(1));
            await Task.WhenAll(both.Select(one => one.LookAsync(CancellationToken.None)));
        }

        Assert.Equal([3, 7, 11, 15, 19], Sizes);
    }

    [Fact]
    public async Task Look_AtARecordThatWasChanged_SignsNothingAndSaysSo()
    {
        var checkpointer = Checkpointer();
        await AppendAsync(5);
        _time.Advance(TimeSpan.FromMinutes(1));
        await checkpointer.LookAsync(CancellationToken.None);
        await AppendAsync(5);
        await using (var attack = _database.CreateCommand("delete from audit.entries where index = 2"))
            await attack.ExecuteNonQueryAsync();
        _time.Advance(TimeSpan.FromMinutes(1));
        await checkpointer.LookAsync(CancellationToken.None);
        Assert.Equal([5], Sizes);
        Assert.Equal([LogLevel.Debug, LogLevel.Error], _log.Told);
    }

    [Fact]
    public async Task Look_WithAWitnessThatDoesNotAnswer_SignsAndWarns()
    {
        using var witness = new Ed25519Signer(new byte[32]);
        var settings = new CheckpointSettings
        {
            Witness = new Uri($"http://127.0.0.1:{Ports.Take()}"),
            WitnessKey = VerifierKey.Of("witness", SignatureType.Cosignature, witness.PublicKey),
        };
        await AppendAsync(5);
        var checkpointer = Checkpointer(settings);
        _time.Advance(TimeSpan.FromMinutes(1));
        await checkpointer.LookAsync(CancellationToken.None);
        Assert.Equal([5], Sizes);
        Assert.Equal([LogLevel.Debug, LogLevel.Warning], _log.Told);
    }

    public async ValueTask DisposeAsync()
    {
        _signer.Dispose();
        _store.Dispose();
        _keys.Dispose();
        _metrics.Dispose();
        await _database.DisposeAsync();
        _keysDirectory.Delete(recursive: true);
    }

    private IEnumerable<long> Sizes => CheckpointFile.Beside(_keys.Location).All().Select(note => Checkpoint.TryParse(note.Text)!.Size);

    private Checkpointer Checkpointer(CheckpointSettings? settings = null)
    {
        var writer = new CheckpointWriter(_store, _signer, CheckpointFile.Beside(_keys.Location), _time);
        return new Checkpointer(writer, new WitnessedCheckpoints(writer, settings ?? new()), _metrics, _time, _log);
    }

    private async Task AppendAsync(int count)
    {
        await using var connection = await _database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await new AccessRecorder(_store).AppendAsync(transaction, new AccessSpan(Guid.Empty, 0, [.. Enumerable.Range(_appended, count).Select(i => MemberAccess.FromLine(Source, Told(i)))], []), CancellationToken.None);
        await transaction.CommitAsync();
        _appended += count;
    }

    private static AccessEvent Told(int i) => new()
    {
        Site = new SiteStamp { Name = "kp.org", Revision = 1, Timezone = "UTC", Policy = "20170913" },
        AtMs = 1_770_000_000_000 + i,
        Member = $"member-{i % 7}",
        Action = "service-accessed",
        Position = i,
    };

    private sealed class Levels : ILogger<Checkpointer>
    {
        public List<LogLevel> Told { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Told.Add(logLevel);
    }
}
