using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Audit.People;

/// <summary>What an entry says, opened.</summary>
/// <param name="Event">What happened.</param>
/// <param name="Owner">Whom it is about: the class; null where about nobody.</param>
/// <param name="Name">The subject's name; null where about nobody.</param>
/// <param name="Others">Who else is named, by role; a name is null where its key has ended, or its part is not what was sealed.</param>
internal sealed record OpenedEntry(RecordedEvent Event, Owner? Owner, string? Name, IReadOnlyDictionary<string, string?> Others);

/// <summary>Seals what an entry says, each person's share under that person's keys, and opens it again while they live.</summary>
internal sealed class EntrySealer(KeyStore keys, PersonVault vault)
{
    private static readonly IReadOnlyDictionary<string, string?> Nobody = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>The one stream of what is about nobody. Its id says as little as the others'.</summary>
    public Guid StreamOfNobody => new(HMACSHA256.HashData(keys.GetOrCreate(KeyNames.People), "nobody"u8)[..16], bigEndian: true);

    /// <summary>The body of an entry about a person.</summary>
    public byte[] Seal(Draft draft, IReadOnlyDictionary<Person, PersonKeys> people, int year)
    {
        if (draft.Person is not { } subject)
            return EntryBody.InClear(EntryContent.Write(draft.Event, name: null, []));
        var fields = EventKinds.FieldsOf(draft.Event);
        var others = draft.Others.Select(other => (other.Role, people[other.Person].Stream)).ToList();
        var at = draft.Event.At;
        return EntryBody.OfParts(
        [
            Part(subject, EntryContent.Write(draft.Event, subject.Name, others), 0),
            .. draft.Others.Select((other, i) => Part(other.Person, JsonSerializer.SerializeToUtf8Bytes(other.Person.Name), i + 1)),
        ]);

        byte[] Part(Person person, byte[] content, int number)
        {
            var owner = new Owner(person.Class, fields, year);
            var held = people[person];
            return EntryPart.Seal(owner, held.SecretOf(fields), keys.GetOrCreate(owner.KeyName), Place(held.Stream, at, number), content);
        }
    }

    /// <summary>What an entry says; null where a key that it opens under has ended, or it was sealed for another place.</summary>
    public OpenedEntry? Open(byte[] body, Guid stream, DateTimeOffset at)
    {
        // In clear anybody can write: in a person's or a case's stream it would be done as if it had been sealed.
        if (EntryBody.ContentInClear(body) is { } clear)
            return stream == StreamOfNobody && EntryContent.Read(clear) is { } told ? new OpenedEntry(told.Event, null, null, Nobody) : null;
        if (EntryBody.Parts(body) is not [var first, .. var rest])
            return null;
        if (OpenPart(first, stream, at, 0) is not { } content || EntryContent.Read(content) is not { } read)
            return null;
        // Who is named is sealed in the first part: a part that was cut off hides a name, and not that there is one.
        var others = read.Others
            .Select((other, i) => (other.Role, Name: i < rest.Length && OpenPart(rest[i], other.Stream, at, i + 1) is { } name ? JsonSerializer.Deserialize<string>(name) : null));
        return new OpenedEntry(read.Event, Owner.Read(first), read.Name, others.ToDictionary(other => other.Role, other => other.Name, StringComparer.Ordinal));
    }

    private byte[]? OpenPart(byte[] part, Guid stream, DateTimeOffset at, int number)
    {
        var owner = Owner.Read(part);
        return Enum.IsDefined(owner.Person) && Enum.IsDefined(owner.Fields) && vault.Find(stream)?.SecretOf(owner.Fields) is { } secret && keys.Find(owner.KeyName) is { } yearKey
            ? EntryPart.Open(part, secret, yearKey, Place(stream, at, number))
            : null;
    }

    // A part opens in the stream it was sealed for, at its event's time, in its place of the body.
    private static byte[] Place(Guid stream, DateTimeOffset at, int number)
    {
        var place = new byte[16 + sizeof(long) + sizeof(int)];
        stream.TryWriteBytes(place, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(place.AsSpan(16), at.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt32BigEndian(place.AsSpan(24), number);
        return place;
    }
}
