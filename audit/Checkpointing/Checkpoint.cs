using System.Globalization;
using System.Text;
using KpTelemetry.Audit.Tree;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Audit.Checkpointing;

/// <summary>The head of the tree at one size (C2SP tlog-checkpoint).</summary>
/// <param name="Origin">Which log it is of.</param>
/// <param name="Size">Leaves.</param>
/// <param name="Root">32 bytes.</param>
public sealed record Checkpoint(string Origin, long Size, byte[] Root)
{
    /// <summary>The text that is signed.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\n");

    /// <summary>
    /// Reads a note, checks the log's signature and that the checkpoint is of the log that <paramref name="log"/> is the key
    /// of. Signatures by others are ignored.
    /// </summary>
    public static NoteProblem TryOpen(ReadOnlySpan<byte> bytes, VerifierKey log, out Checkpoint? checkpoint)
    {
        checkpoint = null;
        var problem = SignedNote.TryParse(bytes, out var note);
        if (problem == NoteProblem.None)
            problem = note!.Verify([log], out _);
        if (problem != NoteProblem.None)
            return problem;
        // Read only now: what is not signed is not looked at.
        if (TryParse(note!.Text) is not { } read)
            return NoteProblem.NoCheckpoint;
        if (read.Origin != log.Name)
            return NoteProblem.OtherOrigin;
        checkpoint = read;
        return NoteProblem.None;
    }

    /// <summary>Reads the text of a note; null where it is no checkpoint. Lines after the third are allowed and mean nothing here.</summary>
    public static Checkpoint? TryParse(string text)
    {
        var lines = text.Split('\n');
        // The text ends in a line end, so that the last piece is empty, and no other line may be.
        if (lines.Length < 4 || lines[^1].Length != 0 || lines[..^1].Any(line => line.Length == 0))
            return null;
        return SizeOf(lines[1]) is { } size && Base64.Decode(lines[2]) is { Length: TreeHash.Bytes } root ? new(lines[0], size, root) : null;
    }

    /// <summary>A size as C2SP writes it: decimal digits without leading zeros, up to 2^63 - 1; else null.</summary>
    internal static long? SizeOf(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size.ToString(CultureInfo.InvariantCulture) == text ? size : null;
}

/// <summary>Signs checkpoints of one log. Thread-safe.</summary>
public sealed class CheckpointSigner(string origin, ReadOnlySpan<byte> seed) : IDisposable
{
    private readonly Ed25519Signer _signer = new(seed);

    /// <summary>Which log signs.</summary>
    public string Origin => origin;

    /// <summary>What others check the signatures with.</summary>
    public VerifierKey Key => VerifierKey.Of(origin, SignatureType.Ed25519, _signer.PublicKey);

    /// <summary>A note with the one signature of the log. Whoever calls it has seen that the tree extends what was signed before.</summary>
    public SignedNote Sign(long size, byte[] root)
    {
        var text = new Checkpoint(origin, size, root).Text;
        return new SignedNote(text, [new NoteSignature(origin, Key.Id, _signer.Sign(Encoding.UTF8.GetBytes(text)))]);
    }

    public void Dispose() => _signer.Dispose();
}
