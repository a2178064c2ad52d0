using System.Buffers.Binary;
using System.Security.Cryptography;
using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Audit.Tree;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Audit.Verifying;

/// <summary>
/// Where the last verification ended, kept beside the checkpoints: the tree up to a signed checkpoint, under an HMAC of the
/// record's key. What it says is believed only where that checkpoint is in the file and has the same root.
/// </summary>
internal sealed class VerifiedState(KeyStore keys)
{
    private const string Name = "verified";
    private static readonly byte[] Purpose = [.. "verified up to here"u8];

    private string FullName => Path.Combine(keys.Location, CheckpointFile.Folder, Name);

    /// <summary>Where to go on and the checkpoint that it is tied to; null where everything is to be verified.</summary>
    public (VerifiedPlace Place, Checkpoint Checkpoint)? Read(IReadOnlyList<Checkpoint> signed)
    {
        if (!File.Exists(FullName) || File.ReadAllBytes(FullName) is not { Length: > HMACSHA256.HashSizeInBytes + sizeof(long) } stored)
            return null;
        var content = stored.AsSpan(HMACSHA256.HashSizeInBytes);
        if (!CryptographicOperations.FixedTimeEquals(Tag(content), stored.AsSpan(0, HMACSHA256.HashSizeInBytes)) || Frontier.TryRead(content[sizeof(long)..]) is not { } frontier)
            return null;
        var root = frontier.Root();
        if (signed.FirstOrDefault(checkpoint => checkpoint.Size == frontier.Size && checkpoint.Root.AsSpan().SequenceEqual(root)) is not { } tied)
            return null;
        var recorded = DateTimeOffset.UnixEpoch.AddTicks(BinaryPrimitives.ReadInt64BigEndian(content) * TimeSpan.TicksPerMicrosecond);
        return (new VerifiedPlace(frontier, recorded), tied);
    }

    /// <summary>Keeps where a verification has ended, at a checkpoint.</summary>
    public void Write(VerifiedPlace place)
    {
        if (place.Recorded is not { } recorded)
            return;
        var frontier = place.Frontier.Write();
        var content = new byte[sizeof(long) + frontier.Length];
        BinaryPrimitives.WriteInt64BigEndian(content, Leaf.Microseconds(recorded));
        frontier.CopyTo(content, sizeof(long));
        DurableFile.CreatePrivateDirectory(Path.GetDirectoryName(FullName)!);
        DurableFile.Replace(FullName, [.. Tag(content), .. content]);
    }

    /// <summary>Has the next verification begin with the first entry: what was found lies perhaps before where one would go on.</summary>
    public void Drop()
    {
        // The folder need not be there before the first checkpoint.
        if (File.Exists(FullName))
            File.Delete(FullName);
    }

    private byte[] Tag(ReadOnlySpan<byte> content) => HMACSHA256.HashData(keys.GetOrCreate(KeyNames.RecordHead), (byte[])[.. Purpose, .. content]);
}
