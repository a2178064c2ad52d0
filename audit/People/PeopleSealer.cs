using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Audit.People;

/// <summary>
/// Seals what an entry says of people under a key of the person's own: derived (HKDF-SHA256) for the person's stream
/// from the key of their class and year. When that key ends, the fields of all of them are unreadable.
/// </summary>
internal sealed class PeopleSealer(KeyStore keys)
{
    /// <summary>Sealed lengths come in steps, so that a length does not tell a name.</summary>
    private const int SizeStep = 64;

    private const byte Filler = (byte)' ';

    /// <summary>Seals <paramref name="fields"/> for exactly this place in the record: they open nowhere else.</summary>
    public SealedPeople Seal(Person person, Guid stream, EntryPlace place, PeopleFields fields, int year)
    {
        var name = KeyNames.Person(person.Class.ToString().ToLowerInvariant(), year);
        using var sealer = SealerFor(keys.GetOrCreate(name), stream);
        return new SealedPeople(name, sealer.Seal(Padded(fields), place.AssociatedData(stream)));
    }

    /// <summary>The fields, or null when their key has ended or they were not sealed for this place.</summary>
    public PeopleFields? Open(SealedPeople people, Guid stream, EntryPlace place)
    {
        if (keys.Find(people.Key) is not { } key)
            return null;
        using var sealer = SealerFor(key, stream);
        var content = sealer.Open(people.Body, place.AssociatedData(stream));
        return content is null ? null : JsonSerializer.Deserialize(content, PeopleJson.Default.PeopleFields);
    }

    private static Sealer SealerFor(byte[] key, Guid stream)
    {
        Span<byte> own = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, own, salt: [], info: stream.ToByteArray(bigEndian: true));
        return new Sealer(own);
    }

    // JSON allows white space at its end.
    private static byte[] Padded(PeopleFields fields)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(fields, PeopleJson.Default.PeopleFields);
        var padded = new byte[(content.Length + SizeStep - 1) / SizeStep * SizeStep];
        padded.AsSpan().Fill(Filler);
        content.CopyTo(padded, 0);
        return padded;
    }
}

/// <summary>Where in the record fields belong: the kind of the event and its time.</summary>
internal readonly record struct EntryPlace(string Kind, DateTimeOffset At)
{
    public byte[] AssociatedData(Guid stream) =>
        [.. stream.ToByteArray(bigEndian: true), .. BitConverter.GetBytes(At.ToUnixTimeMilliseconds()), .. Encoding.UTF8.GetBytes(Kind)];
}
