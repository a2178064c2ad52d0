using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Keys.Tests.Store;

/// <summary>
/// A process killed before any file operation of the store leaves a directory from which every living key opens. The
/// walk copies the directory before each operation and opens every copy as a successor would.
/// </summary>
public sealed class CrashTests : IDisposable
{
    private static readonly string[] Names = ["sealing/2026-01-01", "sealing/2026-01-02", "state/2026-01-01", "tokens/1"];
    private const string Gone = "replay/2026-01-01";
    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Rotation_KilledAnywhere_KeepsEveryLivingKeyAndIsEndedByTheNext()
    {
        var keys = Fill();
        var copies = Walk(store => store.RotateWhenOlderThan(TimeSpan.Zero));

        // One new key-encryption key, two operations a key (rewritten, old content overwritten), two to destroy the old one.
        Assert.True(copies.Count >= 1 + (2 * Names.Length) + 2);
        foreach (var copy in copies)
        {
            using (var successor = KeyStore.Open(copy, _directory.Time))
                AssertAll(keys, successor);
            using (var ending = KeyStore.Open(copy, _directory.Time))
                ending.RotateWhenOlderThan(TimeSpan.FromDays(7));
            Assert.Single(Directory.EnumerateFileSystemEntries(Path.Combine(copy, "kek")));
            using var after = KeyStore.Open(copy, _directory.Time);
            AssertAll(keys, after);
        }
    }

    [Fact]
    public void End_KilledAnywhere_KeepsTheOthers_AndTheKeyWholeOrEnded()
    {
        var keys = Fill();
        var copies = Walk(store => store.End(Names[0]));

        Assert.Equal(2, copies.Count);
        foreach (var copy in copies)
        {
            using var successor = KeyStore.Open(copy, _directory.Time);
            AssertAll(keys.Where(key => key.Key != Names[0]), successor);
            Assert.True(successor.Find(Names[0]) is not { } found || found.SequenceEqual(keys[Names[0]]));
            successor.End(Names[0]);
            Assert.Throws<KeyEndedException>(() => successor.GetOrCreate(Names[0]));
        }
    }

    [Fact]
    public void Creation_KilledAnywhere_MakesTheKeyWholeOrNotAtAll()
    {
        using (_directory.Open())
        {
        }

        var copies = Walk(store => store.GetOrCreate("sealing/2026-01-03"));

        Assert.Equal(2, copies.Count);
        foreach (var copy in copies)
        {
            using var successor = KeyStore.Open(copy, _directory.Time);
            Assert.Equal(32, successor.GetOrCreate("sealing/2026-01-03").Length);
        }
    }

    [Fact]
    public void OldLayout_MovedOverAndKilledAnywhere_KeepsEveryKey()
    {
        var keys = FillOldLayout();
        var copies = Walk(_ => { });

        Assert.True(copies.Count > Names.Length);
        foreach (var copy in copies.Append(_directory.Path))
        {
            using var successor = KeyStore.Open(copy, _directory.Time);
            AssertAll(keys, successor);
            Assert.False(File.Exists(Path.Combine(copy, "key-encryption-key")));
            Assert.Equal("<xml/>", File.ReadAllText(Path.Combine(copy, "dashboard-cookies", "key-1.xml")));
            // How old that key-encryption key is, nobody noted: it goes at the first look.
            Assert.True(successor.RotateWhenOlderThan(TimeSpan.FromDays(7)));
            using var after = KeyStore.Open(copy, _directory.Time);
            AssertAll(keys, after);
        }
    }

    private List<string> Walk(Action<KeyStore> act)
    {
        var copies = new List<string>();
        using var store = _directory.Open(() => copies.Add(_directory.Copy()));
        act(store);
        return copies;
    }

    private Dictionary<string, byte[]> Fill()
    {
        using var store = _directory.Open();
        var keys = Names.ToDictionary(name => name, store.GetOrCreate);
        store.GetOrCreate(Gone);
        store.End(Gone);
        return keys;
    }

    private Dictionary<string, byte[]> FillOldLayout()
    {
        var keys = Names.ToDictionary(name => name, _ => RandomNumberGenerator.GetBytes(32));
        var wrapping = RandomNumberGenerator.GetBytes(32);
        Directory.CreateDirectory(_directory.Path);
        File.WriteAllBytes(Path.Combine(_directory.Path, "key-encryption-key"), wrapping);
        using var sealer = new Sealer(wrapping);
        foreach (var (name, key) in keys)
        {
            Directory.CreateDirectory(Path.Combine(_directory.Path, Path.GetDirectoryName(name)!));
            File.WriteAllBytes(Path.Combine(_directory.Path, name), sealer.Seal(key, Encoding.UTF8.GetBytes(name)));
        }

        Directory.CreateDirectory(Path.Combine(_directory.Path, "dashboard-cookies"));
        File.WriteAllText(Path.Combine(_directory.Path, "dashboard-cookies", "key-1.xml"), "<xml/>");
        return keys;
    }

    private static void AssertAll(IEnumerable<KeyValuePair<string, byte[]>> keys, KeyStore store)
    {
        Assert.All(keys, key => Assert.Equal(key.Value, store.Find(key.Key)));
        Assert.Null(store.Find(Gone));
    }
}
