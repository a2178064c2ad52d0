using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Platform.Keys;
using Npgsql;

namespace KpTelemetry.Cli.Audit;

/// <summary>The record of the running stack, or of the PostgreSQL that KP_POSTGRES names, with the home's keys.</summary>
internal sealed class RecordPlace : IDisposable
{
    private const int PostgresPort = 4;

    private readonly NpgsqlDataSource _database;
    private readonly KeyStore _keys;
    private readonly CheckpointSigner _signer;

    private RecordPlace(NpgsqlDataSource database, KeyStore keys, CheckpointSigner signer) =>
        (_database, _keys, _signer, Store, File) = (database, keys, signer, new RecordStore(database, keys, TimeProvider.System), CheckpointFile.Beside(keys.Location));

    public RecordStore Store { get; }

    public CheckpointFile File { get; }

    public VerifierKey Key => _signer.Key;

    /// <exception cref="KpFailure">No stack runs, or the home has no keys.</exception>
    public static RecordPlace Open()
    {
        var home = StackHome.FromEnvironment();
        var named = Environment.GetEnvironmentVariable("KP_POSTGRES");
        var connection = string.IsNullOrEmpty(named) ? Embedded(home) : named;
        var keys = OpenKeys(home);
        return new RecordPlace(NpgsqlDataSource.Create(connection), keys, SignerOf(keys));
    }

    /// <summary>The home's own verifier key.</summary>
    /// <exception cref="KpFailure">The home has no keys.</exception>
    public static VerifierKey OwnKey()
    {
        using var keys = OpenKeys(StackHome.FromEnvironment());
        using var signer = SignerOf(keys);
        return signer.Key;
    }

    public CheckpointWriter Writer() => new(Store, _signer, File, TimeProvider.System);

    public void Dispose()
    {
        Store.Dispose();
        _signer.Dispose();
        _keys.Dispose();
        _database.Dispose();
    }

    private static CheckpointSigner SignerOf(KeyStore keys) => new(CheckpointSettings.FromEnvironment().Origin, keys.GetOrCreate(KeyNames.Checkpoints));

    private static string Embedded(StackHome home)
    {
        var file = RunFile.ReadLive(home) ?? throw StackInfo.NotRunning(home);
        return EmbeddedPostgres.ConnectionString(home, file.PortBase + PostgresPort);
    }

    private static KeyStore OpenKeys(StackHome home)
    {
        var directory = home.Folder("keys");
        if (!Directory.Exists(directory))
            throw new KpFailure("this home has no keys, so none that a record could be verified with", "name the stack's home with KP_HOME, or the record's verifier key with --key");
        try
        {
            return KeyStore.Open(directory);
        }
        catch (UnauthorizedAccessException)
        {
            throw new KpFailure("the stack's keys belong to another user", "run the command as the user who started the stack");
        }
    }
}
