using System.Buffers.Binary;
using System.Text;

namespace KpTelemetry.Audit.Checkpointing;

/// <summary>What is wrong with a note, or nothing.</summary>
public enum NoteProblem
{
    None,

    /// <summary>Longer than <see cref="SignedNote.MostBytes"/>, or more signatures than <see cref="SignedNote.MostSignatures"/>.</summary>
    TooLong,

    /// <summary>No UTF-8, or control characters other than line ends.</summary>
    NoText,

    /// <summary>No text, an empty line and signature lines.</summary>
    NoNote,

    /// <summary>No signature by a key that is known.</summary>
    Unsigned,

    /// <summary>A signature by a key that is known does not hold.</summary>
    BadSignature,

    /// <summary>A note, but no checkpoint: origin, size, root.</summary>
    NoCheckpoint,

    /// <summary>A checkpoint of another log.</summary>
    OtherOrigin,
}

/// <summary>One signature line: the signer's name, the id of the key, the signature.</summary>
public sealed record NoteSignature(string Name, uint KeyId, byte[] Signature)
{
    internal const string Dash = "— ";
    private const int IdBytes = sizeof(uint);

    /// <summary>The line, with its end.</summary>
    public override string ToString()
    {
        var content = new byte[IdBytes + Signature.Length];
        BinaryPrimitives.WriteUInt32BigEndian(content, KeyId);
        Signature.CopyTo(content, IdBytes);
        return $"{Dash}{Name} {Convert.ToBase64String(content)}\n";
    }

    /// <summary>Reads a line without its end; null where it is anything else.</summary>
    public static NoteSignature? TryParse(string line)
    {
        if (!line.StartsWith(Dash, StringComparison.Ordinal) || line[Dash.Length..].Split(' ') is not [var name, var encoded])
            return null;
        return VerifierKey.IsName(name) && Base64.Decode(encoded) is { Length: > IdBytes } content
            ? new(name, BinaryPrimitives.ReadUInt32BigEndian(content), content[IdBytes..])
            : null;
    }
}

/// <summary>A text and signatures of it (C2SP signed-note).</summary>
/// <param name="Text">What is signed; ends in a line end.</param>
/// <param name="Signatures">At least one, in their order.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    public const int MostBytes = 256 * 1024;
    public const int MostSignatures = 64;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a note. Says nothing about its signatures: see <see cref="Verify"/>.</summary>
    public static NoteProblem TryParse(ReadOnlySpan<byte> bytes, out SignedNote? note)
    {
        note = null;
        if (bytes.Length > MostBytes)
            return NoteProblem.TooLong;
        return ReadText(bytes) is { } text ? TrySplit(text, out note) : NoteProblem.NoText;
    }

    /// <summary>
    /// Checks the signatures by the keys that are <paramref name="known"/>, all of them, and ignores others. At least one
    /// must be there: then <paramref name="signers"/> has whose, and the answer is None.
    /// </summary>
    public NoteProblem Verify(IReadOnlyCollection<VerifierKey> known, out IReadOnlyList<VerifierKey> signers)
    {
        var found = new List<VerifierKey>();
        signers = found;
        foreach (var signature in Signatures)
        {
            if (known.FirstOrDefault(key => key.Id == signature.KeyId && key.Name == signature.Name) is not { } key)
                continue;
            if (!key.IsValid(Text, signature.Signature))
                return NoteProblem.BadSignature;
            found.Add(key);
        }

        return found.Count == 0 ? NoteProblem.Unsigned : NoteProblem.None;
    }

    /// <summary>The note as it travels.</summary>
    public override string ToString() => $"{Text}\n{string.Concat(Signatures)}";

    private static NoteProblem TrySplit(string text, out SignedNote? note)
    {
        note = null;
        var end = text.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || !text.EndsWith('\n') || end + 2 == text.Length)
            return NoteProblem.NoNote;
        var lines = text[(end + 2)..^1].Split('\n');
        if (lines.Length > MostSignatures)
            return NoteProblem.TooLong;
        var signatures = lines.Select(NoteSignature.TryParse).OfType<NoteSignature>().ToList();
        if (signatures.Count != lines.Length)
            return NoteProblem.NoNote;
        note = new SignedNote(text[..(end + 1)], signatures);
        return NoteProblem.None;
    }

    private static string? ReadText(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var text = Strict.GetString(bytes);
            return text.Any(c => c < ' ' && c != '\n') ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
