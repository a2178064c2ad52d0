using System.Text.Json;
using KpTelemetry.Audit.Checkpointing;

namespace KpTelemetry.Audit.Tests.Elsewhere;

/// <summary>What is told to an implementation that is not ours, which accepts or refuses it.</summary>
internal sealed record Statement
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public required string Kind { get; init; }
    public string Key { get; init; } = string.Empty;
    public string Note { get; init; } = string.Empty;
    public long From { get; init; }
    public string FromRoot { get; init; } = string.Empty;
    public long Index { get; init; }
    public byte[] Leaf { get; init; } = [];
    public required long Size { get; init; }
    public required string Root { get; init; }
    public string[] Hashes { get; init; } = [];

    public static Statement Checkpoint(SignedNote note, VerifierKey key, long size, byte[] root) =>
        new() { Kind = "checkpoint", Note = note.ToString(), Key = key.ToString(), Size = size, Root = Text(root) };

    public static Statement Inclusion(long index, long size, byte[] leaf, byte[] root, IEnumerable<byte[]> hashes) =>
        new() { Kind = "inclusion", Index = index, Size = size, Leaf = leaf, Root = Text(root), Hashes = [.. hashes.Select(Text)] };

    public static Statement Consistency(long from, byte[] fromRoot, long size, byte[] root, IEnumerable<byte[]> hashes) =>
        new() { Kind = "consistency", From = from, FromRoot = Text(fromRoot), Size = size, Root = Text(root), Hashes = [.. hashes.Select(Text)] };

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>The same, each time with something else in it that makes it untrue.</summary>
    public IEnumerable<Statement> Untrue()
    {
        yield return this with { Root = Flipped(Root) };
        if (Kind == "checkpoint")
        {
            yield return this with { Note = Note.Replace("\n— ", "\n\n— ", StringComparison.Ordinal) };
            yield return this with { Note = Note[..^9] + (Note[^9] == 'A' ? 'B' : 'A') + Note[^8..] };
            yield return this with { Note = Note.Replace($"\n{Size}\n", $"\n{Size + 1}\n", StringComparison.Ordinal), Size = Size + 1 };
            yield return this with { Note = Note.Replace(Root, Flipped(Root), StringComparison.Ordinal), Root = Flipped(Root) };
            yield break;
        }

        yield return Kind == "inclusion" ? this with { Leaf = [.. Leaf[..^1], (byte)(Leaf[^1] ^ 1)] } : this with { FromRoot = Flipped(FromRoot) };
        yield return this with { Hashes = [.. Hashes, Root] };
        for (var i = 0; i < Hashes.Length; i++)
        {
            yield return this with { Hashes = [.. Hashes[..i], Flipped(Hashes[i]), .. Hashes[(i + 1)..]] };
            yield return this with { Hashes = [.. Hashes[..i], .. Hashes[(i + 1)..]] };
        }
    }

    private static string Text(byte[] hash) => Convert.ToBase64String(hash);

    private static string Flipped(string hash)
    {
        var flipped = Convert.FromBase64String(hash);
        flipped[7] ^= 0x10;
        return Text(flipped);
    }
}
