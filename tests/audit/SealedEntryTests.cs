using System.Buffers.Binary;
using System.Security.Cryptography;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;
using Xunit;

namespace KpTelemetry.Audit.Tests;

/// <summary>What an entry says opens under its people's keys only, in its place only, in one way only.</summary>
public sealed class SealedEntryTests
{
    private static readonly Person Ada = new(PersonClass.Member, "ada"), Ben = new(PersonClass.Member, "ben");

    private static Guid RandomId() => new(RandomNumberGenerator.GetBytes(16));

    private static Draft Told() => new(Ada, new ServiceAccessed { At = Record.Start, Outcome = Outcomes.Success, Channel = "web", Origin = "portal", Site = "kp.org", Service = "/my/lab" })
    {
        Others = [new Other(NamedAs.Actor, Ben)],
    };

    [Fact]
    public async Task Opened_TellsWhatWasSealed_AndWhoElseIsNamed()
    {
        await using var record = await Record.CreateAsync();
        var people = record.Store.Vault.GetOrCreate([Ada, Ben]);
        var opened = record.Store.Sealer.Open(record.Store.Sealer.Seal(Told(), people, 2026), people[Ada].Stream, Record.Start)!;
        Assert.Equal((Told().Event, "ada", "ben"), (opened.Event, opened.Name, opened.Others[NamedAs.Actor]));
    }

    [Fact]
    public async Task Opened_AtAnotherTimeOrInAnotherStream_IsNull()
    {
        await using var record = await Record.CreateAsync();
        var people = record.Store.Vault.GetOrCreate([Ada, Ben]);
        var body = record.Store.Sealer.Seal(Told(), people, 2026);
        Assert.Null(record.Store.Sealer.Open(body, people[Ada].Stream, Record.Start.AddMilliseconds(1)));
        Assert.Null(record.Store.Sealer.Open(body, people[Ben].Stream, Record.Start));
        Assert.Null(record.Store.Sealer.Open(body, RandomId(), Record.Start));
    }

    [Fact]
    public async Task Opened_WithAnyByteChanged_IsNullOrTellsTheSameOfTheSubject()
    {
        await using var record = await Record.CreateAsync();
        var people = record.Store.Vault.GetOrCreate([Ada, Ben]);
        var body = record.Store.Sealer.Seal(Told(), people, 2026);
        var first = EntryBody.Parts(body)[0].Length;
        for (var i = 0; i < body.Length; i++)
        {
            var changed = body.ToArray();
            changed[i] ^= 1;
            var opened = record.Store.Sealer.Open(changed, people[Ada].Stream, Record.Start);
            if (i <= first)
                Assert.Null(opened);
            else
                Assert.True(opened is null || opened.Others.Values.All(name => name is null), $"byte {i}");
        }
    }

    [Fact]
    public async Task Erased_Preferences_OpenNoMore_AccessDoes()
    {
        await using var record = await Record.CreateAsync();
        var held = record.Store.Vault.GetOrCreate([Ada])[Ada];
        var yearKey = RandomNumberGenerator.GetBytes(32);
        var parts = new[] { FieldClass.Access, FieldClass.Disclosure, FieldClass.Preference }.Select(fields => EntryPart.Seal(new Owner(PersonClass.Member, fields, 2026), held.SecretOf(fields), yearKey, [1], "told"u8)).ToArray();
        Assert.True(record.Store.Vault.Erase(Ada));
        var after = record.Store.Vault.Find(Ada)!;
        Assert.Equal([true, true, false], parts.Select(part => EntryPart.Open(part, after.SecretOf(Owner.Read(part).Fields), yearKey, [1]) is not null));
    }

    [Fact]
    public async Task Named_WhoseKeyHasEnded_IsNullAndTheRestOpens()
    {
        await using var record = await Record.CreateAsync();
        var draft = Told() with { Others = [new Other(NamedAs.Actor, new Person(PersonClass.Staff, "carol"))] };
        var people = record.Store.Vault.GetOrCreate([.. draft.People]);
        var body = record.Store.Sealer.Seal(draft, people, 2026);
        record.Keys.End("person/staff-access-2026");
        var opened = record.Store.Sealer.Open(body, people[Ada].Stream, Record.Start)!;
        Assert.Equal(("ada", null), (opened.Name, opened.Others[NamedAs.Actor]));
        record.Keys.End("person/member-access-2026");
        Assert.Null(record.Store.Sealer.Open(body, people[Ada].Stream, Record.Start));
    }

    // AES-GCM is not committing: for any two keys and a ciphertext somebody who knows both finds a tag under which it opens
    // with both. Here the commitment of one key is refused for the other, whatever the tag.
    [Fact]
    public void Part_WhoseCommitmentIsAnotherKeys_DoesNotOpen()
    {
        var owner = new Owner(PersonClass.Member, FieldClass.Access, 2026);
        byte[] one = RandomNumberGenerator.GetBytes(32), other = RandomNumberGenerator.GetBytes(32), year = RandomNumberGenerator.GetBytes(32);
        var part = EntryPart.Seal(owner, one, year, [], "told"u8);
        Assert.Equal("told"u8.ToArray(), EntryPart.Open(part, one, year, []));
        part.AsSpan(Owner.Bytes + EntryPart.SaltBytes, 32)[0] ^= 1;
        Assert.Null(EntryPart.Open(part, one, year, []));
        Assert.Null(EntryPart.Open(EntryPart.Seal(owner, one, year, [], "told"u8), other, year, []));
        // Also where all else is as the key has it, the tag over the commitment too.
        Assert.Equal("told"u8.ToArray(), EntryPart.Open(MadeByHand(owner, one, year, own: true), one, year, []));
        Assert.Null(EntryPart.Open(MadeByHand(owner, one, year, own: false), one, year, []));
    }

    private static byte[] MadeByHand(Owner owner, byte[] secret, byte[] year, bool own)
    {
        const int Salted = Owner.Bytes + EntryPart.SaltBytes;
        var (head, padded) = (new byte[Salted + 32 + sizeof(int)], new byte[256]);
        owner.Write(head);
        RandomNumberGenerator.Fill(head.AsSpan(Owner.Bytes, EntryPart.SaltBytes + 32));
        var keys = HKDF.DeriveKey(HashAlgorithmName.SHA256, [.. secret, .. year], 64, head[..Salted], []);
        if (own)
            keys.AsSpan(32).CopyTo(head.AsSpan(Salted));
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(Salted + 32), padded.Length + Sealer.Overhead);
        BinaryPrimitives.WriteInt32BigEndian(padded, 4);
        "told"u8.CopyTo(padded.AsSpan(sizeof(int)));
        using var sealer = new Sealer(keys.AsSpan(0, 32));
        return [.. head, .. sealer.Seal(padded, head)];
    }

    [Theory]
    [InlineData(0, 256)]
    [InlineData(252, 256)]
    [InlineData(253, 512)]
    [InlineData(4000, 4096)]
    public void Lengths_AreOfFewClasses(int content, int expected)
    {
        var part = EntryPart.Seal(new Owner(PersonClass.Member, FieldClass.Access, 2026), new byte[32], new byte[32], [], new byte[content]);
        Assert.Equal(expected, BinaryPrimitives.ReadInt32BigEndian(part.AsSpan(Owner.Bytes + 64)) - 28);
    }

    [Fact]
    public void Leaf_ChangesWithEveryFieldThatItCommitsTo()
    {
        var entry = new StoredEntry(1, 2, RandomId(), RandomId(), 3, Record.Start, Record.Start.AddMicroseconds(1), Record.Start.AddMicroseconds(2), [1, 2], [3, 4]);
        StoredEntry[] others =
        [
            entry with { Index = 2 }, entry with { Sequence = 3 }, entry with { Id = RandomId() }, entry with { Stream = RandomId() }, entry with { Version = 4 },
            entry with { At = Record.Start.AddMilliseconds(1) }, entry with { Stored = entry.Recorded }, entry with { Recorded = entry.Stored },
            entry with { Kind = [1] }, entry with { Kind = [1, 2, 3], Body = [4] }, entry with { Body = [3, 4, 0] },
        ];
        Assert.Equal(Leaf.Of(entry), Leaf.Of(entry with { }));
        Assert.Equal(others.Length + 1, others.Append(entry).Select(Leaf.Of).Select(Convert.ToHexString).Distinct().Count());
        Assert.All(others.Append(entry), one => Assert.Equal((33, 1), (Leaf.Of(one).Length, Leaf.Of(one)[0])));
    }
}
