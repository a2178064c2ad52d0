using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Audit.People;

/// <summary>
/// The key store's part about persons: from a person to their stream and the secrets that their fields open under.
/// It lies outside every database (<c>keys/people</c>), in segments that are sealed under keys of the key store, so that a
/// dump of PostgreSQL opens nothing and tells nobody's stream. Several processes may use it at once. Thread-safe.
/// </summary>
/// <remarks>
/// Erasing a person writes their segment anew, under a new key and with another secret, and ends the old key: a copy of
/// the old segment opens nothing after the next rotation of the key-encryption key (docs/KEYS.md).
/// About 200 bytes of memory a person.
/// </remarks>
public sealed class PersonVault
{
    /// <summary>How long a process goes on opening what another has erased: ten seconds.</summary>
    public static readonly TimeSpan ErasesEverywhereWithin = TimeSpan.FromSeconds(10);

    internal const int PersonsOfSegment = 1 << 16;

    private readonly KeyStore _keys;
    private readonly TimeProvider _time;
    private readonly string _directory;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, VaultSegment> _segments = [];
    private readonly Dictionary<PersonToken, Held> _byToken = [];
    private readonly Dictionary<Guid, PersonToken> _byStream = [];
    private long? _refreshed;

    private readonly record struct Held(PersonKeys Keys, int Segment);

    /// <summary>Opens the vault of a key store. Nothing is read yet.</summary>
    public PersonVault(KeyStore keys, TimeProvider time)
    {
        (_keys, _time, _directory) = (keys, time, Path.Combine(keys.Location, "people"));
        DurableFile.CreatePrivateDirectory(_directory);
    }

    /// <summary>
    /// What is held of each of <paramref name="people"/>, made and durable where it never was. With <paramref name="now"/>
    /// erasures of other processes are known that were made before the call; else those of ten seconds ago.
    /// </summary>
    internal IReadOnlyDictionary<Person, PersonKeys> GetOrCreate(IReadOnlyCollection<Person> people, bool now = false)
    {
        var tokens = people.ToDictionary(person => person, TokenOf);
        lock (_lock)
        {
            if (now)
                Refresh();
            else
                RefreshWhenDue();
            if (tokens.Values.Any(token => !_byToken.ContainsKey(token)))
                CreateMissing(tokens.Values);
            return tokens.ToDictionary(pair => pair.Key, pair => _byToken[pair.Value].Keys);
        }
    }

    /// <summary>What is held of a person; null where there is nothing.</summary>
    internal PersonKeys? Find(Person person) => Find(TokenOf(person));

    /// <summary>What is held of whoever's stream this is; null where there is nothing.</summary>
    internal PersonKeys? Find(Guid stream)
    {
        lock (_lock)
        {
            RefreshWhenDue();
            if (!_byStream.ContainsKey(stream))
                Refresh();
            return _byStream.TryGetValue(stream, out var token) ? _byToken[token].Keys : null;
        }
    }

    /// <summary>
    /// Destroys the secret of what a person chose or told of themselves, and puts a fresh one in its place; the other lives
    /// until its own end. A second erasure is harmless. False where nothing is held. Durable when it returns.
    /// </summary>
    internal bool Erase(Person person)
    {
        var token = TokenOf(person);
        lock (_lock)
        {
            using var alone = DirectoryLock.Take(_directory);
            Refresh();
            FinishReplacements();
            if (!_byToken.TryGetValue(token, out var held))
                return false;
            Replace(held.Segment, token, held.Keys with { Erasable = RandomNumberGenerator.GetBytes(PersonKeys.SecretBytes) });
            return true;
        }
    }

    private PersonKeys? Find(PersonToken token)
    {
        lock (_lock)
        {
            RefreshWhenDue();
            if (!_byToken.ContainsKey(token))
                Refresh();
            return _byToken.TryGetValue(token, out var held) ? held.Keys : null;
        }
    }

    private void CreateMissing(IEnumerable<PersonToken> wanted)
    {
        using var alone = DirectoryLock.Take(_directory);
        Refresh();
        FinishReplacements();
        var missing = wanted.Where(token => !_byToken.ContainsKey(token)).Distinct().Select(token => KeyValuePair.Create(token, Fresh())).ToList();
        if (missing.Count == 0)
            return;
        var segment = _segments.Count > 0 && _segments.Last().Value is { Persons: < PersonsOfSegment } open ? open : Create(NextNumber(), replaces: 0, []);
        segment.Append(missing);
        Hold(segment.Number, missing);
    }

    private static PersonKeys Fresh() =>
        new(new Guid(RandomNumberGenerator.GetBytes(16)), RandomNumberGenerator.GetBytes(PersonKeys.SecretBytes), RandomNumberGenerator.GetBytes(PersonKeys.SecretBytes));

    private void Replace(int number, PersonToken token, PersonKeys changed)
    {
        if (!_segments.Remove(number, out var old))
            throw new InvalidDataException("a segment of the vault of persons is gone: nothing is changed in it");
        var persons = _byToken.Where(held => held.Value.Segment == number).Select(held => KeyValuePair.Create(held.Key, held.Key == token ? changed : held.Value.Keys)).ToList();
        var segment = Create(NextNumber(), number, persons);
        Hold(segment.Number, persons);
        old.Destroy();
    }

    private VaultSegment Create(int number, int replaces, IReadOnlyCollection<KeyValuePair<PersonToken, PersonKeys>> persons)
    {
        var segment = new VaultSegment(_directory, _keys, number);
        segment.Create(replaces, persons);
        _segments.Add(number, segment);
        segment.TryReadOn([]);
        return segment;
    }

    // Never a number that was: the newest segment stays until a newer one has taken its place.
    private int NextNumber() => Numbers().DefaultIfEmpty(0).Max() + 1;

    private void Hold(int segment, IEnumerable<KeyValuePair<PersonToken, PersonKeys>> persons)
    {
        foreach (var (token, keys) in persons)
        {
            _byToken[token] = new Held(keys, segment);
            _byStream[keys.Stream] = token;
        }
    }

    private void RefreshWhenDue()
    {
        if (_refreshed is not { } last || _time.GetElapsedTime(last) >= ErasesEverywhereWithin)
            Refresh();
    }

    // What another process has added or replaced since.
    private void Refresh()
    {
        _refreshed = _time.GetTimestamp();
        foreach (var number in Numbers().Where(number => !_segments.ContainsKey(number)))
            _segments.Add(number, new VaultSegment(_directory, _keys, number));
        foreach (var segment in _segments.Values.ToList())
        {
            var added = new List<KeyValuePair<PersonToken, PersonKeys>>();
            if (!segment.TryReadOn(added))
                _segments.Remove(segment.Number);
            // Rising numbers: what took a segment's place comes after it.
            Hold(segment.Number, added);
        }
    }

    // A process that was killed between the new segment and the end of the old one.
    private void FinishReplacements()
    {
        foreach (var replaced in _segments.Values.Select(segment => segment.Replaces()).Where(_segments.ContainsKey).ToList())
        {
            _segments.Remove(replaced, out var old);
            old!.Destroy();
        }
    }

    private IEnumerable<int> Numbers() =>
        Directory.EnumerateFiles(_directory).Select(Path.GetFileName).Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).Order();

    private PersonToken TokenOf(Person person) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(HMACSHA256.HashData(_keys.GetOrCreate(KeyNames.People), (byte[])[(byte)person.Class, .. Encoding.UTF8.GetBytes(person.Name)])));
}
