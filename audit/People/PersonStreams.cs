using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Platform.Keys;
using Npgsql;

namespace KpTelemetry.Audit.People;

/// <summary>The look-up from a person to their stream, whose id is random. Made at the first entry about a person.</summary>
internal sealed class PersonStreams(KeyStore keys)
{
    private const int TokenBytes = 16;

    // Both ordered, and the inserts before the locks, so that transactions that meet the same people cannot wait for
    // each other in a circle.
    private const string Insert =
        "insert into audit.people (token, stream) select token, stream from unnest($1::bytea[], $2::uuid[]) as fresh (token, stream) order by token on conflict do nothing";

    // Locked until the transaction ends: Marten numbers events within a stream, and two appends at once would collide.
    private const string Lock = "select token, stream from audit.people where token = any($1) order by token for update";

    /// <summary>The streams of <paramref name="people"/>, made where missing and locked, in the caller's transaction.</summary>
    public async Task<IReadOnlyDictionary<Person, Guid>> ResolveAsync(NpgsqlTransaction transaction, IReadOnlyCollection<Person> people, CancellationToken cancellation)
    {
        var tokens = people.ToDictionary(person => person, Token);
        await InsertAsync(transaction, tokens.Values, cancellation);
        var streams = await LockAsync(transaction, tokens.Values, cancellation);
        return tokens.ToDictionary(pair => pair.Key, pair => streams[Convert.ToHexString(pair.Value)]);
    }

    private static async Task<Dictionary<string, Guid>> LockAsync(NpgsqlTransaction transaction, IReadOnlyCollection<byte[]> tokens, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Lock, transaction.Connection, transaction) { Parameters = { new() { Value = tokens.ToArray() } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var streams = new Dictionary<string, Guid>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellation))
            streams.Add(Convert.ToHexString(reader.GetFieldValue<byte[]>(0)), reader.GetGuid(1));
        return streams;
    }

    private static async Task InsertAsync(NpgsqlTransaction transaction, IReadOnlyCollection<byte[]> tokens, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = tokens.ToArray() }, new() { Value = tokens.Select(_ => RandomStream()).ToArray() } },
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static Guid RandomStream() => new(RandomNumberGenerator.GetBytes(16));

    private byte[] Token(Person person) =>
        HMACSHA256.HashData(keys.GetOrCreate(KeyNames.People), (byte[])[(byte)person.Class, .. Encoding.UTF8.GetBytes(person.Name)])[..TokenBytes];
}
