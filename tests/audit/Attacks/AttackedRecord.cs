using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Audit.Tree;
using KpTelemetry.Audit.Verifying;
using KpTelemetry.Platform.Keys;
using Npgsql;
using Xunit;

namespace KpTelemetry.Audit.Tests.Attacks;

/// <summary>
/// A record with checkpoints, which is attacked with all that a superuser of the database can do, verified, and put back
/// as it was.
/// </summary>
public sealed class AttackedRecord : IAsyncLifetime
{
    private static readonly string[] Tables = ["mt_events", "entries", "subtrees", "head", "checkpoints"];

    private Record _record = null!;
    private byte[] _file = [];

    /// <summary>Entries: the last ones are under no checkpoint yet.</summary>
    public int Entries { get; private set; }

    /// <summary>Sizes that checkpoints were signed at.</summary>
    public IReadOnlyList<long> Sizes { get; private set; } = [];

    /// <summary>First, middle and last entry.</summary>
    public IReadOnlyList<int> Places => [0, Entries / 2, Entries - 1];

    internal Record Record => _record;

    internal CheckpointSigner Signer { get; private set; } = null!;

    public string FileName => Path.Combine(_record.Keys.Location, CheckpointFile.Folder, "signed");

    public async ValueTask InitializeAsync()
    {
        _record = await Record.CreateAsync();
        Signer = new CheckpointSigner(CheckpointSettings.StandardOrigin, _record.Keys.GetOrCreate(KeyNames.Checkpoints));
        var writer = Writer();
        var sizes = new List<long>();
        foreach (var (from, count) in ((int, int)[])[(0, 1), (1, 120), (121, 200), (321, 250)])
        {
            await _record.AppendAsync(Record.Lines(new Guid("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b00a"), from, count));
            sizes.Add(Checkpoint.TryParse((await writer.SignAsync(CancellationToken.None)).Signed!.Text)!.Size);
        }

        await ExecuteAsync("create schema kept; create table kept.head_before as select * from audit.head");
        await _record.AppendAsync(Record.Lines(new Guid("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b00a"), 571, 30));
        (Sizes, Entries) = (sizes, (int)await _record.ScalarAsync<long>("select count(*) from audit.entries"));
        _file = await File.ReadAllBytesAsync(FileName);
        await ExecuteAsync(string.Concat(Tables.Select(table => $"create table kept.{table} as select * from audit.{table};")));
    }

    internal CheckpointWriter Writer() => new(_record.Store, Signer, CheckpointFile.Beside(_record.Keys.Location), _record.Time);

    internal RecordVerifier Verifier() => new(_record.Store, CheckpointFile.Beside(_record.Keys.Location), Signer.Key);

    /// <summary>What verification finds after SQL, which no constraint hinders, and puts all back.</summary>
    public Task<Finding?> AfterAsync(string sql) => AfterAsync(() => ExecuteAsync(sql));

    public async Task<Finding?> AfterAsync(Func<Task> attack)
    {
        await attack();
        try
        {
            return (await Verifier().VerifyAsync(full: true, null, CancellationToken.None)).Finding;
        }
        finally
        {
            await File.WriteAllBytesAsync(FileName, _file);
            await ExecuteAsync(string.Concat(Tables.Select(table => $"delete from audit.{table}; insert into audit.{table} select * from kept.{table};")));
        }
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = _record.Database.CreateCommand("set session_replication_role = replica; " + sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>
    /// What somebody does who has understood the tree: makes leaves, subtrees and frontier anew of whatever events there are
    /// now. The head's tag is all that is left wrong in the database, and <paramref name="head"/> says whether it is touched.
    /// </summary>
    public async Task RemakeTreeAsync(bool head = true)
    {
        var (frontier, subtrees, leaves) = (Frontier.Empty, new List<Subtree>(), new List<byte[]>());
        await using (var connection = await _record.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await foreach (var line in StoredLines.ReadAsync(transaction, 0, long.MaxValue, CancellationToken.None))
            {
                Assert.Null(line.Wrong);
                leaves.Add(Leaf.Of(line.Entry!));
                frontier.Append(TreeHash.Leaf(leaves[^1]), subtrees);
            }
        }

        await ExecuteAsync("update audit.entries set leaf = made.leaf from unnest(@leaves) with ordinality as made (leaf, place) where index = place - 1", new NpgsqlParameter("leaves", leaves.ToArray()));
        await ExecuteAsync(
            "delete from audit.subtrees; insert into audit.subtrees select * from unnest(@levels, @indexes, @hashes)",
            new NpgsqlParameter("levels", subtrees.Select(made => (short)made.Level).ToArray()), new NpgsqlParameter("indexes", subtrees.Select(made => made.Index).ToArray()), new NpgsqlParameter("hashes", subtrees.Select(made => made.Hash).ToArray()));
        if (head)
            await ExecuteAsync("update audit.head set entries = @entries, frontier = @frontier", new NpgsqlParameter("entries", (long)leaves.Count), new NpgsqlParameter("frontier", frontier.Write()));
    }

    public async ValueTask DisposeAsync()
    {
        Signer.Dispose();
        await _record.DisposeAsync();
    }

    private async Task ExecuteAsync(string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = _record.Database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync();
    }
}
