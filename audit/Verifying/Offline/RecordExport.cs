using System.Data;
using System.Text.Json;
using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Storing;
using Npgsql;

namespace KpTelemetry.Audit.Verifying.Offline;

/// <summary>What was exported.</summary>
public sealed record Exported(long Entries, long Checkpoints);

/// <summary>
/// Writes the record up to its last checkpoint into a file that can be verified without the database: what was recorded
/// since is under no signature yet and would prove nothing. Bodies stay sealed.
/// </summary>
public sealed class RecordExport(RecordStore store, CheckpointFile file, VerifierKey key)
{
    private static readonly byte[] LineEnd = [(byte)'\n'];

    /// <summary>
    /// Writes. <paramref name="progress"/> is told how many entries are done. Throws <see cref="InvalidDataException"/> where
    /// there is no checkpoint yet or the record cannot be read as one: <see cref="RecordVerifier"/> tells why.
    /// </summary>
    public async Task<Exported> WriteAsync(Stream to, IProgress<(long Done, long Entries)>? progress, CancellationToken cancellation)
    {
        var last = file.Last() ?? throw new InvalidDataException("no checkpoint is signed yet");
        var size = Checkpoint.TryParse(last.Text)?.Size ?? throw new InvalidDataException("the file of checkpoints does not verify");
        await using var connection = await store.Database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        await WriteAsync(to, new ExportLine { Export = 1, Key = key.ToString(), Entries = size }, cancellation);
        var (done, checkpoints) = (0L, 0L);
        using var notes = Newest(file.All()).GetEnumerator();
        var hasNote = notes.MoveNext();
        while (done < size)
        {
            var until = Math.Min(size, done + StoredLines.AtATime);
            await foreach (var line in StoredLines.ReadAsync(transaction, done, until, cancellation))
            {
                if (line.Entry is not { } entry || line.Index != done)
                    throw new InvalidDataException($"entry {done} cannot be read");
                await WriteAsync(to, ExportLine.Of(entry, line.Leaf), cancellation);
                done++;
                for (; hasNote && Checkpoint.TryParse(notes.Current.Text)?.Size == done; hasNote = notes.MoveNext(), checkpoints++)
                    await WriteAsync(to, new ExportLine { Checkpoint = notes.Current.ToString() }, cancellation);
            }

            if (done < until)
                throw new InvalidDataException($"entry {done} is missing");
            progress?.Report((done, size));
        }

        return new Exported(done, checkpoints);
    }

    // A note that was cosigned later is in the file twice.
    private static IEnumerable<SignedNote> Newest(IEnumerable<SignedNote> notes)
    {
        SignedNote? before = null;
        foreach (var note in notes)
        {
            if (before is not null && before.Text != note.Text)
                yield return before;
            before = note;
        }

        if (before is not null)
            yield return before;
    }

    private static async Task WriteAsync(Stream to, ExportLine line, CancellationToken cancellation)
    {
        await to.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(line, ExportJson.Default.ExportLine), cancellation);
        await to.WriteAsync(LineEnd, cancellation);
    }
}
