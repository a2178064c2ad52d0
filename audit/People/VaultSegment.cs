using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Audit.People;

/// <summary>
/// One file of the vault: a head that says which segment it takes the place of (0: none), then frames, each a length and
/// some persons sealed under the segment's own key. Frames are added at the end and never changed. A frame that a killed
/// writer left unfinished is no frame: its persons were handed to nobody.
/// </summary>
internal sealed class VaultSegment(string directory, KeyStore keys, int number)
{
    private const int HeadBytes = 8;
    private const int LengthBytes = sizeof(int);
    private const int PersonBytes = 16 + 16 + (2 * PersonKeys.SecretBytes);
    private const int MostFrame = 64 << 20;
    private static ReadOnlySpan<byte> Magic => "KPV1"u8;

    private long _read = HeadBytes;

    public int Number => number;

    public string KeyName => KeyNames.Vault(number);

    public int Persons { get; private set; }

    private string FilePath => Path.Combine(directory, number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The segment whose place this one took; 0 where none.</summary>
    public int Replaces()
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        using var file = File.OpenRead(FilePath);
        file.ReadExactly(head);
        return head.StartsWith(Magic) ? BinaryPrimitives.ReadInt32BigEndian(head[4..]) : throw new InvalidDataException("a file of the vault of persons is not one");
    }

    /// <summary>Makes the file, whole and durable, with these persons. The directory's lock is held.</summary>
    public void Create(int replaces, IReadOnlyCollection<KeyValuePair<PersonToken, PersonKeys>> persons)
    {
        var head = new byte[HeadBytes];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), replaces);
        DurableFile.TryCreate(FilePath, persons.Count == 0 ? head : [.. head, .. Frame(HeadBytes, persons)]);
    }

    /// <summary>Adds persons at the end; on disk when it returns. The directory's lock is held and everything before has been read.</summary>
    public void Append(IReadOnlyCollection<KeyValuePair<PersonToken, PersonKeys>> persons)
    {
        using var file = new FileStream(FilePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.SetLength(_read);
        file.Position = _read;
        var frame = Frame(_read, persons);
        file.Write(frame);
        DurableFile.Synchronise(file);
        (_read, Persons) = (_read + frame.Length, Persons + persons.Count);
    }

    /// <summary>Whatever was added since the last call; false where the file is gone.</summary>
    public bool TryReadOn(List<KeyValuePair<PersonToken, PersonKeys>> added)
    {
        try
        {
            using var file = new FileStream(FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1 << 16);
            if (file.Length <= _read)
                return true;
            ReadFrames(file, added);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Ends the segment's key, then overwrites and removes the file. The directory's lock is held.</summary>
    public void Destroy()
    {
        keys.End(KeyName);
        using (var file = DurableFile.OpenToOverwrite(FilePath))
            DurableFile.Overwrite(file);
        File.Delete(FilePath);
        DurableFile.SynchroniseDirectory(directory);
    }

    private void ReadFrames(FileStream file, List<KeyValuePair<PersonToken, PersonKeys>> added)
    {
        if (keys.Find(KeyName) is not { } key)
            return;
        using var sealer = new Sealer(key);
        var length = new byte[LengthBytes];
        file.Position = _read;
        while (file.ReadAtLeast(length, LengthBytes, throwOnEndOfStream: false) == LengthBytes)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(length);
            if (size is < Sealer.Overhead or > MostFrame || file.Length - file.Position < size)
                return;
            var body = new byte[size];
            file.ReadExactly(body);
            if (sealer.Open(body, Place(_read)) is not { } persons)
                return;
            Add(persons, added);
            _read = file.Position;
        }
    }

    private void Add(byte[] persons, List<KeyValuePair<PersonToken, PersonKeys>> added)
    {
        for (var at = 0; at + PersonBytes <= persons.Length; at += PersonBytes)
        {
            var person = persons.AsSpan(at, PersonBytes);
            var found = new PersonKeys(new Guid(person.Slice(16, 16), bigEndian: true), person.Slice(32, PersonKeys.SecretBytes).ToArray(), person[(32 + PersonKeys.SecretBytes)..].ToArray());
            added.Add(new(new PersonToken(BinaryPrimitives.ReadUInt128BigEndian(person)), found));
            Persons++;
        }

        CryptographicOperations.ZeroMemory(persons);
    }

    private byte[] Frame(long at, IReadOnlyCollection<KeyValuePair<PersonToken, PersonKeys>> persons)
    {
        var content = new byte[persons.Count * PersonBytes];
        var rest = content.AsSpan();
        foreach (var (token, person) in persons)
        {
            BinaryPrimitives.WriteUInt128BigEndian(rest, token.Value);
            person.Stream.TryWriteBytes(rest[16..], bigEndian: true, out _);
            person.Kept.CopyTo(rest[32..]);
            person.Erasable.CopyTo(rest[(32 + PersonKeys.SecretBytes)..]);
            rest = rest[PersonBytes..];
        }

        using var sealer = new Sealer(keys.GetOrCreate(KeyName));
        var frame = new byte[LengthBytes + content.Length + Sealer.Overhead];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - LengthBytes);
        sealer.Seal(content, Place(at), frame.AsSpan(LengthBytes));
        CryptographicOperations.ZeroMemory(content);
        return frame;
    }

    // A frame opens only in its own segment and place.
    private byte[] Place(long at)
    {
        var place = new byte[sizeof(int) + sizeof(long)];
        BinaryPrimitives.WriteInt32BigEndian(place, number);
        BinaryPrimitives.WriteInt64BigEndian(place.AsSpan(sizeof(int)), at);
        return place;
    }
}
