using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace KpTelemetry.Platform.Keys;

/// <summary>
/// The key store: 32-byte keys by name, in files of their own outside every database, wrapped by a key-encryption key.
/// Several processes may use one directory. A key is durable before it is handed out: nothing may be sealed under a
/// key that a power cut could take.
/// </summary>
/// <remarks>Names are <c>purpose/id</c>, such as <c>sealing/2026-01-31</c>; see <see cref="KeyNames"/>.</remarks>
public sealed partial class KeyStore : IDisposable
{
    private const int KeyBytes = 32;
    private const string KeyEncryptionKeyFile = "key-encryption-key";

    private readonly string _directory;
    private readonly Sealer _wrapping;
    private readonly ConcurrentDictionary<string, byte[]> _opened = new(StringComparer.Ordinal);

    private KeyStore(string directory, byte[] keyEncryptionKey) =>
        (_directory, _wrapping) = (directory, new Sealer(keyEncryptionKey));

    /// <summary>Opens the store in <paramref name="directory"/>, making it (mode 0700) where it is missing.</summary>
    public static KeyStore Open(string directory)
    {
        DurableFile.CreatePrivateDirectory(directory);
        var path = Path.Combine(directory, KeyEncryptionKeyFile);
        if (!File.Exists(path))
            DurableFile.TryCreate(path, RandomNumberGenerator.GetBytes(KeyBytes));
        return new KeyStore(directory, File.ReadAllBytes(path));
    }

    /// <summary>The key of that name, made where it does not exist. The array is shared: never write to it.</summary>
    public byte[] GetOrCreate(string name) => Find(name) ?? Create(name);

    /// <summary>The key of that name, or null when there is none: it never was, or it has ended.</summary>
    public byte[]? Find(string name)
    {
        if (_opened.TryGetValue(name, out var opened))
            return opened;
        var path = PathOf(name);
        if (!File.Exists(path))
            return null;
        var key = _wrapping.Open(File.ReadAllBytes(path), Encoding.UTF8.GetBytes(name))
            ?? throw new CryptographicException($"the key store's file for '{name}' does not open under its key-encryption key");
        return _opened.GetOrAdd(name, key);
    }

    public void Dispose() => _wrapping.Dispose();

    private byte[] Create(string name)
    {
        var path = PathOf(name);
        DurableFile.CreatePrivateDirectory(Path.GetDirectoryName(path)!);
        DurableFile.TryCreate(path, _wrapping.Seal(RandomNumberGenerator.GetBytes(KeyBytes), Encoding.UTF8.GetBytes(name)));
        return Find(name)!;
    }

    private string PathOf(string name) => NameForm().IsMatch(name)
        ? Path.Combine(_directory, name)
        : throw new ArgumentException("a key's name is purpose/id of a-z, 0-9, '-' and '.'", nameof(name));

    [GeneratedRegex(@"\A[a-z0-9-]+/[a-z0-9][a-z0-9.-]*\z", RegexOptions.NonBacktracking)]
    private static partial Regex NameForm();
}

/// <summary>The names of keys in the store, by what they are for.</summary>
public static class KeyNames
{
    /// <summary>Routes visitors to partitions; never rotates and yields only a partition number.</summary>
    public const string Route = "route/1";
    /// <summary>Signs the local stack's bearer tokens.</summary>
    public const string Tokens = "tokens/1";
    /// <summary>Keys the look-up from a person to their stream of the access record, and the identities of what is recorded.</summary>
    public const string People = "people/1";

    /// <summary>Seals the bodies of groups received on that UTC day.</summary>
    public static string Sealing(DateOnly day) => $"sealing/{day:yyyy-MM-dd}";
    /// <summary>Keys the processors' state for visitors first met on that UTC day of receipt.</summary>
    public static string State(DateOnly day) => $"state/{day:yyyy-MM-dd}";
    /// <summary>Seals lines that could not be used, received on that UTC day; only a replay opens them.</summary>
    public static string Replay(DateOnly day) => $"replay/{day:yyyy-MM-dd}";
    /// <summary>Seals labels of pending cells of that log day.</summary>
    public static string Pending(DateOnly logDay) => $"pending/{logDay:yyyy-MM-dd}";
    /// <summary>What the access record says of people of that class (<c>member</c>, <c>staff</c>), recorded in that year.</summary>
    public static string Person(string personClass, int year) => $"person/{personClass}-{year:d4}";
}
