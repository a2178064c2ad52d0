using System.Security.Cryptography;
using KpTelemetry.Audit.People;
using KpTelemetry.Platform.Keys;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KpTelemetry.Audit.Tests;

/// <summary>From persons to streams and secrets, across processes, kills and erasures.</summary>
public sealed class PersonVaultTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("audit-tests-vault-");
    private readonly FakeTimeProvider _time = new(Record.Start);

    private static Person Member(int i) => new(PersonClass.Member, $"member-{i}");

    private static Person[] Members(int from, int count) => [.. Enumerable.Range(from, count).Select(Member)];

    [Fact]
    public void Persons_MadeByOneProcess_AreTheSameInEveryOther()
    {
        using var keys = KeyStore.Open(_directory.FullName, _time);
        var (one, other) = (new PersonVault(keys, _time), new PersonVault(keys, _time));
        var made = one.GetOrCreate(Members(0, 300));
        var found = other.GetOrCreate(Members(200, 300));
        Assert.Equal(300, made.Values.Select(held => held.Stream).Distinct().Count());
        foreach (var member in Members(200, 100))
            Same(made[member], found[member]);
        Same(found[Member(450)], one.Find(Member(450))!);
        Same(found[Member(450)], one.Find(found[Member(450)].Stream)!);
        Same(made[Member(7)], new PersonVault(keys, _time).Find(Member(7))!);
        Assert.Null(one.Find(Member(1000)));
    }

    [Fact]
    public async Task Persons_MadeByManyAtOnce_AreMadeOnce()
    {
        using var keys = KeyStore.Open(_directory.FullName, _time);
        var vaults = Enumerable.Range(0, 4).Select(_ => new PersonVault(keys, _time)).ToArray();
        var made = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => vaults[i % 4].GetOrCreate(Members(i * 5, 50)))));
        foreach (var streams in made.SelectMany(held => held).GroupBy(held => held.Key, held => held.Value.Stream))
            Assert.Single(streams.Distinct());
    }

    [Fact]
    public void Erasing_ChangesTheErasableSecretOnly_AndOldCopiesOpenNothingAfterTheRotation()
    {
        using var keys = KeyStore.Open(_directory.FullName, _time);
        var (one, other) = (new PersonVault(keys, _time), new PersonVault(keys, _time));
        var before = one.GetOrCreate(Members(0, 20));
        other.GetOrCreate(Members(0, 20));
        var copy = Directory.CreateDirectory(Path.Combine(_directory.FullName, "copy"));
        CopyTo(copy, "people", "store");

        Assert.True(one.Erase(Member(3)));
        _time.Advance(PersonVault.ErasesEverywhereWithin);
        foreach (var vault in (PersonVault[])[one, other, new(keys, _time)])
        {
            var after = vault.GetOrCreate(Members(0, 20));
            Same(before[Member(3)], after[Member(3)] with { Erasable = before[Member(3)].Erasable });
            Assert.NotEqual(before[Member(3)].Erasable, after[Member(3)].Erasable);
            Same(before[Member(4)], after[Member(4)]);
        }

        Assert.Single(Directory.GetFiles(Path.Combine(_directory.FullName, "people")));
        Assert.True(one.Erase(Member(3)));
        Assert.False(one.Erase(Member(99)));

        // With yesterday's copy and the key-encryption key of then it opens; with all of what lives after the rotation it does not.
        CopyTo(copy, "kek");
        using (var stolen = KeyStore.Open(copy.FullName, _time))
            Same(before[Member(3)], new PersonVault(stolen, _time).Find(Member(3))!);
        keys.RotateWhenOlderThan(TimeSpan.Zero);
        Directory.Delete(Path.Combine(copy.FullName, "kek"), recursive: true);
        CopyTo(copy, "kek");
        using (var stolen = KeyStore.Open(copy.FullName, _time))
            Assert.ThrowsAny<CryptographicException>(() => stolen.Find(KeyNames.Vault(1)));
        Assert.Null(keys.Find(KeyNames.Vault(1)));
    }

    [Fact]
    public void Erasing_KilledBeforeTheOldSegmentWasGone_IsFinishedByTheNextChange()
    {
        using var keys = KeyStore.Open(_directory.FullName, _time);
        var vault = new PersonVault(keys, _time);
        vault.GetOrCreate(Members(0, 5));
        var people = Path.Combine(_directory.FullName, "people");
        var old = File.ReadAllBytes(Path.Combine(people, "1"));
        var wrapped = File.ReadAllBytes(Path.Combine(_directory.FullName, "store", "vault", "1"));
        vault.Erase(Member(2));
        var erased = vault.Find(Member(2))!;
        File.WriteAllBytes(Path.Combine(people, "1"), old);
        File.WriteAllBytes(Path.Combine(_directory.FullName, "store", "vault", "1"), wrapped);

        var next = new PersonVault(keys, _time);
        Same(erased, next.Find(Member(2))!);
        next.GetOrCreate(Members(5, 1));
        Assert.Equal("2", Path.GetFileName(Assert.Single(Directory.GetFiles(people))));
        Same(erased, new PersonVault(keys, _time).Find(Member(2))!);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(50)]
    public void AFrame_CutByAKill_IsNoFrame_AndTheNextTakesItsPlace(int cut)
    {
        using var keys = KeyStore.Open(_directory.FullName, _time);
        var first = new PersonVault(keys, _time).GetOrCreate(Members(0, 3));
        var file = Path.Combine(_directory.FullName, "people", "1");
        var whole = new FileInfo(file).Length;
        new PersonVault(keys, _time).GetOrCreate(Members(3, 3));
        using (var torn = File.OpenWrite(file))
            torn.SetLength(torn.Length - cut);

        var after = new PersonVault(keys, _time);
        Assert.Null(after.Find(Member(4)));
        var made = after.GetOrCreate(Members(2, 3));
        Same(first[Member(2)], made[Member(2)]);
        Same(made[Member(4)], new PersonVault(keys, _time).Find(Member(4))!);
        Assert.True(new FileInfo(file).Length > whole);
    }

    [Fact]
    public void Files_HoldNoNameAndNoStream()
    {
        using var keys = KeyStore.Open(_directory.FullName, _time);
        var held = new PersonVault(keys, _time).GetOrCreate([new Person(PersonClass.Member, "mrn-4711-canary")]).Values.Single();
        var content = Convert.ToHexString(File.ReadAllBytes(Path.Combine(_directory.FullName, "people", "1")));
        Assert.DoesNotContain(Convert.ToHexString("mrn-4711-canary"u8), content, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString(held.Stream.ToByteArray(bigEndian: true)), content, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString(held.Kept), content, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static void Same(PersonKeys expected, PersonKeys actual) =>
        Assert.Equal((expected.Stream, Convert.ToHexString(expected.Kept), Convert.ToHexString(expected.Erasable)), (actual.Stream, Convert.ToHexString(actual.Kept), Convert.ToHexString(actual.Erasable)));

    private void CopyTo(DirectoryInfo copy, params string[] folders)
    {
        foreach (var file in folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(_directory.FullName, folder), "*", SearchOption.AllDirectories)))
        {
            var target = Path.Combine(copy.FullName, Path.GetRelativePath(_directory.FullName, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }
}
