using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Sealing;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Win32.SafeHandles;

namespace KpTelemetry.Keys.Tests.Store;

/// <summary>Keys that end, and processes that share a store.</summary>
public sealed class KeyStoreTests : IDisposable
{
    private const string Name = "sealing/2026-01-01";
    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Key_OfOneName_IsOneInEveryProcess()
    {
        using var one = _directory.Open();
        using var other = _directory.Open();

        Assert.Equal(one.GetOrCreate(Name), other.GetOrCreate(Name));
        Assert.NotEqual(one.GetOrCreate(Name), one.GetOrCreate("sealing/2026-01-02"));
    }

    [Fact]
    public void EndedKey_LeavesEveryProcessWithinTheBound_AndIsNeverMadeAgain()
    {
        using var ending = _directory.Open();
        using var sealing = _directory.Open();
        using var sealer = new GroupSealer(sealing);
        using var opener = new GroupOpener(sealing);
        var record = sealer.Seal("header"u8, Name, sealer.Compress("body"u8));
        Assert.Equal(OpenResult.Opened, opener.TryOpen(record, Name, out _));

        ending.End(Name);
        Assert.Null(ending.Find(Name));
        _directory.Time.Advance(KeyStore.EndsEverywhereWithin);

        Assert.Equal(OpenResult.KeyGone, opener.TryOpen(record, Name, out _));
        Assert.Throws<KeyEndedException>(() => sealer.Seal("header"u8, Name, sealer.Compress("body"u8)));
        Assert.Throws<KeyEndedException>(() => sealing.GetOrCreate(Name));
        using var later = _directory.Open();
        Assert.Throws<KeyEndedException>(() => later.GetOrCreate(Name));
        Assert.Empty(later.Living("sealing"));
    }

    [Fact]
    public void Key_ThatLives_StaysTheSameArray_SoThatCiphersMadeOfItAreKept()
    {
        using var store = _directory.Open();
        var key = store.GetOrCreate(Name);
        _directory.Time.Advance(KeyStore.EndsEverywhereWithin * 2);
        store.RotateWhenOlderThan(TimeSpan.Zero);
        _directory.Time.Advance(KeyStore.EndsEverywhereWithin * 2);

        Assert.Same(key, store.Find(Name));
    }

    [Fact]
    public void CopyOfTheStore_WithoutItsKeyEncryptionKey_OpensNothingAfterARotation()
    {
        using var store = _directory.Open();
        var key = store.GetOrCreate(Name);
        var yesterday = _directory.Copy("store");
        store.End(Name);
        _directory.Time.Advance(TimeSpan.FromDays(7));

        Assert.True(store.RotateWhenOlderThan(TimeSpan.FromDays(7)));
        Assert.False(store.RotateWhenOlderThan(TimeSpan.FromDays(7)));

        var laid = Directory.CreateDirectory(_directory.Copy() + "-laid");
        using (var live = _directory.Open())
            Assert.Null(live.Find(Name));
        // Yesterday's wrapped keys beside every key-encryption key that there still is.
        Directory.Move(yesterday, Path.Combine(laid.FullName, "store"));
        Directory.Move(_directory.Copy("kek"), Path.Combine(laid.FullName, "kek"));
        using var thief = KeyStore.Open(laid.FullName, _directory.Time);
        Assert.ThrowsAny<Exception>(() => thief.Find(Name));
        Assert.DoesNotContain(Directory.EnumerateFiles(_directory.Path, "*", SearchOption.AllDirectories), file => File.ReadAllBytes(file).AsSpan().IndexOf(key) >= 0);
    }

    // Whoever holds a file open, or finds its blocks, finds nothing of what lay there.
    [Fact]
    public void EndedKeyAndDestroyedKeyEncryptionKey_AreOverwrittenWhereTheyLay()
    {
        using var store = _directory.Open();
        store.GetOrCreate(Name);
        using var wrapped = File.OpenHandle(Path.Combine(_directory.Path, "store", Name));
        using var kek = File.OpenHandle(Path.Combine(_directory.Path, "kek", "1"));
        var (wrappedBefore, kekBefore) = (Content(wrapped), Content(kek));

        store.End(Name);
        store.RotateWhenOlderThan(TimeSpan.Zero);

        Assert.True(HaveNothingInCommon(wrappedBefore, Content(wrapped)));
        Assert.True(HaveNothingInCommon(kekBefore, Content(kek)));

        static bool HaveNothingInCommon(byte[] one, byte[] other) => one.Chunk(sizeof(long)).All(part => other.AsSpan().IndexOf(part) < 0);

        static byte[] Content(SafeFileHandle file)
        {
            var content = new byte[RandomAccess.GetLength(file)];
            RandomAccess.Read(file, content, 0);
            return content;
        }
    }

    [Fact]
    public void KeyEncryptionKey_MadeByAClockThatWasAhead_IsRotatedOnceTheClockIsRight()
    {
        using (KeyStore.Open(_directory.Path, new FakeTimeProvider(_directory.Time.GetUtcNow().AddYears(70))))
        {
        }

        using var store = _directory.Open();
        Assert.True(store.RotateWhenOlderThan(TimeSpan.FromDays(7)));
        Assert.False(store.RotateWhenOlderThan(TimeSpan.FromDays(7)));
        Assert.Equal(_directory.Time.GetUtcNow(), store.RotatedAt);
    }

    [Fact]
    public async Task Readers_DuringRotations_AlwaysFindTheirKeys()
    {
        using var rotating = _directory.Open();
        var keys = Enumerable.Range(1, 5).Select(day => $"sealing/2026-01-{day:d2}").ToDictionary(name => name, rotating.GetOrCreate);
        using var stop = new CancellationTokenSource();
        var reading = Task.Run(() =>
        {
            var reads = 0;
            for (; !stop.IsCancellationRequested; reads++)
            {
                // A store of its own each time: nothing is remembered.
                using var reader = _directory.Open();
                Assert.All(keys, key => Assert.Equal(key.Value, reader.Find(key.Key)));
            }

            return reads;
        });

        for (var round = 0; round < 30; round++)
            rotating.RotateWhenOlderThan(TimeSpan.Zero);
        await stop.CancelAsync();

        Assert.True(await reading > 0);
        Assert.Single(Directory.EnumerateFiles(Path.Combine(_directory.Path, "kek")));
    }
}
