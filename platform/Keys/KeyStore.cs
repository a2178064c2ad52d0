using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace KpTelemetry.Platform.Keys;

/// <summary>A key that was asked for has ended: nothing may be sealed under it any more, and nothing opens.</summary>
public sealed class KeyEndedException(string name) : Exception($"the key '{name}' has ended");

/// <summary>
/// The key store: 32-byte keys by name, in files of their own outside every database, wrapped by a key-encryption key
/// that lies apart from them and is rotated (docs/KEYS.md). Several processes may use one directory at once. A key is
/// durable before it is handed out: nothing may be sealed under a key that a power cut could take. Thread-safe.
/// </summary>
/// <remarks>
/// Names are <c>purpose/id</c>, such as <c>sealing/2026-01-31</c>; see <see cref="KeyNames"/>. Changes are made under a
/// lock on the directory; readers need none, since every change of a file is one act.
/// </remarks>
public sealed partial class KeyStore : IDisposable
{
    /// <summary>How long a process goes on handing out a key that another has ended: one minute.</summary>
    public static readonly TimeSpan EndsEverywhereWithin = TimeSpan.FromMinutes(1);

    private const int KeyBytes = 32;
    private const int MostAttempts = 10;

    private readonly string _directory;
    private readonly KeyFiles _files;
    private readonly KeyEncryptionKeys _keks;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, Opened> _opened = new(StringComparer.Ordinal);

    private readonly record struct Opened(byte[] Key, long At);

    private KeyStore(string directory, KeyFiles files, TimeProvider time) =>
        (_directory, _files, _keks, _time) = (directory, files, new KeyEncryptionKeys(files), time);

    /// <summary>Opens the store in <paramref name="directory"/>, making it (mode 0700) where it is missing.</summary>
    public static KeyStore Open(string directory, TimeProvider? time = null) => Open(directory, time ?? TimeProvider.System, beforeEach: null);

    internal static KeyStore Open(string directory, TimeProvider time, Action? beforeEach)
    {
        var files = new KeyFiles(directory, beforeEach);
        files.CreateDirectories();
        var store = new KeyStore(directory, files, time);
        using var alone = DirectoryLock.Take(directory);
        new OldLayout(directory, files, store._keks).MoveOver();
        if (store._keks.Newest == 0)
            store._keks.Add(time.GetUtcNow());
        return store;
    }

    /// <summary>The directory it lies in.</summary>
    public string Location => _directory;

    /// <summary>When the key-encryption key in force was made.</summary>
    public DateTimeOffset RotatedAt => _keks.NewestSince;

    /// <summary>
    /// The key of that name, made where it never was. The array is shared: never write to it. Throws
    /// <see cref="KeyEndedException"/> where the key has ended.
    /// </summary>
    public byte[] GetOrCreate(string name) => Find(name) ?? Create(name);

    /// <summary>The key of that name, or null when there is none: it never was, or it has ended.</summary>
    public byte[]? Find(string name)
    {
        var isKnown = _opened.TryGetValue(name, out var opened);
        if (isKnown && _time.GetElapsedTime(opened.At) < EndsEverywhereWithin)
            return opened.Key;
        var now = _time.GetTimestamp();
        if (Read(name) is not { HasEnded: false })
        {
            _opened.TryRemove(name, out _);
            return null;
        }

        // The array stays the same as long as the key lives, so that a cipher made of it can be kept.
        var key = isKnown ? opened.Key : Unwrap(name);
        if (key is null)
            return null;
        return _opened.AddOrUpdate(name, new Opened(key, now), (_, other) => other with { At = now }).Key;
    }

    /// <summary>The names of the keys of a purpose that live, in their order.</summary>
    public IReadOnlyList<string> Living(string purpose) =>
        [.. _files.Keys().Where(name => name.StartsWith(purpose + '/', StringComparison.Ordinal) && Read(name) is { HasEnded: false })];

    /// <summary>
    /// Ends a key for good: its file says so from then on, and no process hands it out later than
    /// <see cref="EndsEverywhereWithin"/>. A copy of the store made before opens nothing once the key-encryption key of
    /// that time is destroyed (<see cref="RotateWhenOlderThan"/>). Does nothing where the key has ended, or never was.
    /// </summary>
    public void End(string name)
    {
        using (DirectoryLock.Take(_directory))
        {
            if (Read(name) is { HasEnded: false })
                _files.Replace(PathOf(name), WrappedKey.WriteEnd(_time.GetUtcNow()));
        }

        _opened.TryRemove(name, out _);
    }

    /// <summary>
    /// Where the key-encryption key is at least that old: makes a new one, wraps every key that lives under it, and
    /// destroys the old one. Ends a rotation that was interrupted, whatever the age. A process that is killed at any
    /// moment leaves every living key readable. True where there was anything to do.
    /// </summary>
    public bool RotateWhenOlderThan(TimeSpan age)
    {
        using var alone = DirectoryLock.Take(_directory);
        // One made by a clock that was ahead is of unknown age: it would else outlive every end until that day.
        var isDue = _time.GetUtcNow() - _keks.NewestSince is var old && (old >= age || old < TimeSpan.Zero);
        if (isDue)
            _keks.Add(_time.GetUtcNow());
        else if (_files.Leftovers(_keks.Newest).Count == 0)
            return false;
        WrapAnew();
        // Only now: until here a key may still lie wrapped under one of them.
        foreach (var leftover in _files.Leftovers(_keks.Newest))
            _files.Destroy(leftover);
        return true;
    }

    public void Dispose() => _opened.Clear();

    private void WrapAnew()
    {
        var newest = _keks.Newest;
        foreach (var name in _files.Keys())
        {
            if (Read(name) is not { HasEnded: false } wrapped || wrapped.Kek == newest)
                continue;
            // What does not open now would not open later; to destroy its key-encryption key would only hide why.
            var key = _keks.Unwrap(name, wrapped) ?? throw Unreadable(name);
            _files.Replace(PathOf(name), _keks.Wrap(name, key));
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private byte[] Create(string name)
    {
        using (DirectoryLock.Take(_directory))
        {
            switch (Read(name))
            {
                case { HasEnded: true }:
                    throw new KeyEndedException(name);
                case null:
                    _files.Create(PathOf(name), _keks.Wrap(name, RandomNumberGenerator.GetBytes(KeyBytes)));
                    break;
            }
        }

        return Find(name) ?? throw new KeyEndedException(name);
    }

    // A rotation may wrap the key anew and destroy the key-encryption key between two reads; then the file says so.
    private byte[]? Unwrap(string name)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            if (Read(name) is not { HasEnded: false } wrapped)
                return null;
            if (_keks.Unwrap(name, wrapped) is { } key)
                return key;
        }

        throw Unreadable(name);
    }

    // A file that was opened just before another took its place may be read while it is overwritten: read again.
    private WrappedKey? Read(string name)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            if (KeyFiles.Read(PathOf(name)) is not { } file)
                return null;
            if (WrappedKey.Read(file) is { } wrapped)
                return wrapped;
        }

        throw Unreadable(name);
    }

    private string PathOf(string name) => NameForm().IsMatch(name)
        ? _files.OfKey(name)
        : throw new ArgumentException("a key's name is purpose/id of a-z, 0-9, '-' and '.'", nameof(name));

    private static CryptographicException Unreadable(string name) => new($"the key store's file for '{name}' does not open under its key-encryption key");

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
    /// <summary>Keys the digests by which a file is known again.</summary>
    public const string Sources = "sources/1";
    /// <summary>Keys the look-up from a person to their stream of the access record, and the identities of what is recorded.</summary>
    public const string People = "people/1";
    /// <summary>Keys the hashes by which members with flags are known at the door.</summary>
    public const string Members = "members/1";
    /// <summary>Seals what stands for members in the addresses of the query API.</summary>
    public const string Handles = "handles/1";
    /// <summary>The Ed25519 seed that signs the checkpoints of the access record.</summary>
    public const string Checkpoints = "checkpoints/1";

    /// <summary>Seals the bodies of groups received on that UTC day.</summary>
    public static string Sealing(DateOnly day) => $"sealing/{day:yyyy-MM-dd}";
    /// <summary>Keys the processors' state for visitors first met on that UTC day of receipt.</summary>
    public static string State(DateOnly day) => $"state/{day:yyyy-MM-dd}";
    /// <summary>Seals lines that could not be used, received on that UTC day; only a replay opens them.</summary>
    public static string Replay(DateOnly day) => $"replay/{day:yyyy-MM-dd}";
    /// <summary>Seals labels of pending cells of that log day.</summary>
    public static string Pending(DateOnly logDay) => $"pending/{logDay:yyyy-MM-dd}";
    /// <summary>Authenticates the head of the access record, so that the database alone cannot put another in its place.</summary>
    public const string RecordHead = "record-head/1";

    /// <summary>What the access record says of people of that class (<c>member</c>, <c>staff</c>, <c>case</c>) in fields of that class (<c>access</c>, <c>disclosure</c>, <c>preference</c>), recorded in that year.</summary>
    public static string Person(string personClass, string fieldClass, int year) => $"person/{personClass}-{fieldClass}-{year:d4}";
    /// <summary>Seals a segment of the vault of persons.</summary>
    public static string Vault(int segment) => $"vault/{segment}";
}
