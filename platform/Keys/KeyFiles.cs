using System.Globalization;

namespace KpTelemetry.Platform.Keys;

/// <summary>
/// The files of a key store, one operation at a time, each whole and durable before the next begins. Wrapped keys lie in
/// <c>store/</c>, key-encryption keys apart in <c>kek/</c>, so that a copy of the first holds none of the second.
/// </summary>
/// <param name="root">The key store's directory.</param>
/// <param name="beforeEach">Told before each operation that changes a file: a process killed then leaves what lies there.</param>
internal sealed class KeyFiles(string root, Action? beforeEach)
{
    /// <summary>Where wrapped keys lie, by <c>purpose/id</c>.</summary>
    public string Store { get; } = Path.Combine(root, "store");

    /// <summary>Where key-encryption keys lie, by number.</summary>
    public string Kek { get; } = Path.Combine(root, "kek");

    /// <summary>Makes the directories where they are missing.</summary>
    public void CreateDirectories()
    {
        DurableFile.CreatePrivateDirectory(root);
        MakeDirectory(Store);
        MakeDirectory(Kek);
    }

    /// <summary>The file of a key.</summary>
    public string OfKey(string name) => Path.Combine(Store, name);

    /// <summary>The file of a key-encryption key.</summary>
    public string OfKek(int number) => Path.Combine(Kek, number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The names of all keys that are or have been, in their order.</summary>
    public List<string> Keys() =>
        [.. Directory.EnumerateDirectories(Store).SelectMany(purpose => Directory.EnumerateFiles(purpose)).Where(IsWhole).Select(file => Path.GetRelativePath(Store, file)).Order(StringComparer.Ordinal)];

    /// <summary>The numbers of the key-encryption keys that there are, rising.</summary>
    public List<int> Keks() =>
        [.. Directory.EnumerateFiles(Kek).Select(Path.GetFileName).Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).Order()];

    /// <summary>
    /// Everything that is neither a key nor the key-encryption key in force: older ones, and files that a killed writer
    /// left unfinished. Asked for under the lock, so that no writer is at work.
    /// </summary>
    public List<string> Leftovers(int newestKek) =>
        [.. Directory.EnumerateFiles(Kek).Where(file => file != OfKek(newestKek)), .. Directory.EnumerateFiles(root).Concat(Directory.EnumerateFiles(Store, "*", SearchOption.AllDirectories)).Where(file => !IsWhole(file))];

    /// <summary>What a file holds; null where there is none.</summary>
    public static byte[]? Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes a file that is not there yet.</summary>
    public void Create(string path, ReadOnlySpan<byte> content)
    {
        beforeEach?.Invoke();
        MakeDirectory(Path.GetDirectoryName(path)!);
        beforeEach?.Invoke();
        DurableFile.TryCreate(path, content);
    }

    /// <summary>Puts other content in the place of a file's, in one act, and overwrites where the old content was.</summary>
    public void Replace(string path, ReadOnlySpan<byte> content)
    {
        beforeEach?.Invoke();
        using var old = DurableFile.OpenToOverwrite(path);
        DurableFile.Replace(path, content);
        beforeEach?.Invoke();
        DurableFile.Overwrite(old);
    }

    /// <summary>Overwrites a file and removes it.</summary>
    public void Destroy(string path)
    {
        beforeEach?.Invoke();
        using (var file = DurableFile.OpenToOverwrite(path))
            DurableFile.Overwrite(file);
        beforeEach?.Invoke();
        File.Delete(path);
        DurableFile.SynchroniseDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Moves a file to a name that is free.</summary>
    public void Move(string from, string to)
    {
        beforeEach?.Invoke();
        MakeDirectory(Path.GetDirectoryName(to)!);
        beforeEach?.Invoke();
        File.Move(from, to);
        DurableFile.SynchroniseDirectory(Path.GetDirectoryName(to)!);
        DurableFile.SynchroniseDirectory(Path.GetDirectoryName(from)!);
    }

    private static void MakeDirectory(string path)
    {
        if (Directory.Exists(path))
            return;
        DurableFile.CreatePrivateDirectory(path);
        DurableFile.SynchroniseDirectory(Path.GetDirectoryName(path)!);
    }

    // A writer that was killed leaves a temporary file, which nobody names.
    private static bool IsWhole(string path) => !path.EndsWith(DurableFile.TemporarySuffix, StringComparison.Ordinal);
}
