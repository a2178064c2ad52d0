using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Tree;

namespace KpTelemetry.Audit.Verifying.Offline;

/// <summary>
/// Verifies an export with nothing but the verifier key, line by line. An export that ends at an earlier checkpoint than the
/// record is a whole one of that time: compare its size with a checkpoint from elsewhere.
/// </summary>
public sealed class ExportVerifier(VerifierKey key)
{
    /// <summary>More than any entry's line has.</summary>
    private const int MostLineBytes = 4 * 1024 * 1024;

    private readonly RecordCheck _check = new(new VerifiedPlace(Frontier.Empty, null));
    private long _line;
    private long? _entries;

    /// <summary>Verifies what <paramref name="export"/> holds. <paramref name="progress"/> is told how many entries are done. Used once.</summary>
    public async Task<Verification> VerifyAsync(Stream export, IProgress<(long Done, long Entries)>? progress, CancellationToken cancellation)
    {
        var finding = await FindAsync(PipeReader.Create(export, new StreamPipeReaderOptions(bufferSize: 1 << 16)), progress, cancellation) ?? AtTheEnd();
        return new(0, _check.Size, _check.Checkpoints, _check.Agreed, finding);
    }

    private async Task<Finding?> FindAsync(PipeReader reader, IProgress<(long Done, long Entries)>? progress, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellation);
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                if (Take(rest.Slice(0, end)) is { } finding)
                    return finding;
                rest = rest.Slice(rest.GetPosition(1, end));
            }

            if (rest.Length > MostLineBytes || (read.IsCompleted && rest.Length > 0))
                return Line("does not end");
            if (read.IsCompleted)
                return null;
            reader.AdvanceTo(rest.Start, rest.End);
            progress?.Report((_check.Size, _entries ?? 0));
        }
    }

    private Finding? Take(ReadOnlySequence<byte> content)
    {
        _line++;
        if (Parse(content) is not { } line)
            return Line("is no line of an export");
        if (_line == 1)
        {
            _entries = line.Entries;
            return line is { Export: 1, Key: not null, Entries: >= 0 } ? null : Line("does not say that this is an export");
        }

        _check.Completed.Clear();
        if (line.Checkpoint is { } note)
            return Take(note);
        return line.ToStored() is { } stored ? _check.Add(stored) : Line("is neither an entry nor a checkpoint");
    }

    private Finding? Take(string note)
    {
        if (Checkpoint.TryOpen(Encoding.UTF8.GetBytes(note), key, out var checkpoint) is var problem and not NoteProblem.None)
            return new Finding(null, FormattableString.Invariant($"the checkpoint after entry {_check.Size - 1}"), CheckpointBook.Words(problem));
        if (checkpoint!.Size > _check.Size)
            return Finding.Entries(_check.Size, checkpoint.Size, "missing");
        if (checkpoint.Size <= _check.Agreed)
            return Finding.Checkpoint(checkpoint.Size, "the export", FormattableString.Invariant($"comes after that of {_check.Agreed} entries"));
        return checkpoint.Size == _check.Size ? _check.Add(checkpoint) : Finding.Entries(checkpoint.Size, _check.Size, "before a checkpoint that is not over them");
    }

    private Finding? AtTheEnd()
    {
        if (_entries is null)
            return new Finding(null, "line 1", "missing");
        if (_check.Size != _check.Agreed)
            return Finding.Entries(_check.Agreed, _check.Size, "under no checkpoint");
        if (_check.Size < _entries)
            return Finding.Entries(_check.Size, _entries.Value, "missing");
        return _check.Size > _entries ? Finding.Entries(_entries.Value, _check.Size, "more than the export says it has") : null;
    }

    private Finding Line(string what) => new(_check.Size, FormattableString.Invariant($"line {Math.Max(1, _line)}, at entry {_check.Size}"), what);

    private static ExportLine? Parse(ReadOnlySequence<byte> content)
    {
        try
        {
            var reader = new Utf8JsonReader(content);
            var line = JsonSerializer.Deserialize(ref reader, ExportJson.Default.ExportLine);
            return !reader.Read() && line?.Fields == FieldsIn(content) ? line : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int FieldsIn(ReadOnlySequence<byte> content)
    {
        var reader = new Utf8JsonReader(content);
        var fields = 0;
        while (reader.Read())
            fields += reader.TokenType == JsonTokenType.PropertyName ? 1 : 0;
        return fields;
    }
}
