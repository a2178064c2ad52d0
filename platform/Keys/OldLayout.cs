namespace KpTelemetry.Platform.Keys;

/// <summary>
/// Moves a store over that has its wrapped keys beside their key-encryption key, as the first version had. The
/// key-encryption key moves last, so that a move that was interrupted goes on at the next opening.
/// </summary>
internal sealed class OldLayout(string root, KeyFiles files, KeyEncryptionKeys keks)
{
    private const string KeyEncryptionKey = "key-encryption-key";

    public void MoveOver()
    {
        var old = Path.Combine(root, KeyEncryptionKey);
        if (!File.Exists(old))
            return;
        foreach (var file in Directory.EnumerateDirectories(root).Where(d => d != files.Store && d != files.Kek).SelectMany(Directory.EnumerateFiles).ToList())
        {
            // Other things lie there too; a wrapped key is known by its length. One that is not whole yet has no owner.
            if (!file.EndsWith(DurableFile.TemporarySuffix, StringComparison.Ordinal) && WrappedKey.Read(File.ReadAllBytes(file)) is not null)
                files.Move(file, files.OfKey(Path.GetRelativePath(root, file)));
        }

        files.Move(old, files.OfKek(keks.Newest + 1));
    }
}
