using System.Text;
using KpTelemetry.Audit.Checkpointing;
using Npgsql;

namespace KpTelemetry.Audit.Verifying;

/// <summary>
/// The checkpoints of a record, from the file, each opened with the record's key; the database's copies held against them.
/// Both are gone through once, in their order.
/// </summary>
internal sealed class CheckpointBook(CheckpointFile file, VerifierKey key)
{
    private const string InFile = "the file";
    private const string InDatabase = "the database";

    private readonly List<Checkpoint> _signed = [];

    /// <summary>Those of the file, rising.</summary>
    public IReadOnlyList<Checkpoint> Signed => _signed;

    /// <summary>Reads the file, from its beginning; what is wrong in it, or null.</summary>
    public Finding? ReadFile()
    {
        _signed.Clear();
        try
        {
            foreach (var note in file.All())
            {
                if (Wrong(note) is { } wrong)
                    return wrong;
            }
        }
        catch (InvalidDataException damaged)
        {
            return new Finding(null, FormattableString.Invariant($"the file of checkpoints, after its {_signed.Count} checkpoints"), damaged.Message);
        }

        return null;
    }

    /// <summary>Holds the database's copies against the file; what is wrong with them, or null. The last of the file may be on its way there.</summary>
    public async Task<(Finding? Finding, bool HasLast)> CompareAsync(NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select size, note from audit.checkpoints order by size", transaction.Connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var next = 0;
        while (await reader.ReadAsync(cancellation))
        {
            var size = reader.GetInt64(0);
            if (next == _signed.Count || size < _signed[next].Size)
                return (Finding.Checkpoint(size, InDatabase, "not in the file"), false);
            if (size > _signed[next].Size)
                return (Finding.Checkpoint(_signed[next].Size, InFile, "its copy in the database is missing"), false);
            var problem = Open(reader.GetString(1), out var copy);
            if (problem != NoteProblem.None || copy!.Text != _signed[next].Text)
                return (Finding.Checkpoint(size, InDatabase, problem == NoteProblem.None ? "not the one that was signed" : Words(problem)), false);
            next++;
        }

        return next < _signed.Count - 1
            ? (Finding.Checkpoint(_signed[next].Size, InFile, "its copy in the database is missing"), false)
            : (null, next == _signed.Count && next > 0);
    }

    private Finding? Wrong(SignedNote note)
    {
        var last = _signed.Count == 0 ? null : _signed[^1];
        var told = Checkpoint.TryParse(note.Text)?.Size ?? 0;
        var problem = Open(note.ToString(), out var checkpoint);
        if (problem != NoteProblem.None)
            return Finding.Checkpoint(told, InFile, Words(problem));
        if (last is not null && checkpoint!.Size < last.Size)
            return Finding.Checkpoint(told, InFile, FormattableString.Invariant($"comes after that of {last.Size} entries"));
        if (last is not null && checkpoint!.Size == last.Size)
            return checkpoint.Text == last.Text ? null : Finding.Checkpoint(told, InFile, "two of one size were signed: the record was forked");
        _signed.Add(checkpoint!);
        return null;
    }

    private NoteProblem Open(string note, out Checkpoint? checkpoint) => Checkpoint.TryOpen(Encoding.UTF8.GetBytes(note), key, out checkpoint);

    /// <summary>What is wrong with a note, for people.</summary>
    public static string Words(NoteProblem problem) => problem switch
    {
        NoteProblem.Unsigned => "not signed by this record's key",
        NoteProblem.BadSignature => "its signature does not hold",
        NoteProblem.OtherOrigin => "of another record",
        _ => "not a signed checkpoint",
    };
}
