using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Platform.Keys;
using Npgsql;

namespace KpTelemetry.Audit.Storing;

/// <summary>What has been recorded once: claims in the caller's transaction, gone with it when it is rolled back.</summary>
internal sealed class Identities(KeyStore keys)
{
    // Ordered, so that two transactions with the same identities cannot wait for each other in a circle.
    private const string Claim =
        "insert into audit.identities (identity) select identity from unnest($1::bytea[]) as told (identity) order by identity on conflict do nothing returning identity";

    /// <summary>For each of <paramref name="identities"/>, whether it is new here. Of two equal ones the first is.</summary>
    public async Task<bool[]> ClaimAsync(NpgsqlTransaction transaction, IReadOnlyList<RecordIdentity> identities, CancellationToken cancellation)
    {
        var key = keys.GetOrCreate(KeyNames.People);
        var stored = identities.Select(identity => identity.Stored(key)).ToArray();
        var claimed = new HashSet<string>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand(Claim, transaction.Connection, transaction) { Parameters = { new() { Value = stored } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            claimed.Add(Convert.ToHexString(reader.GetFieldValue<byte[]>(0)));
        return [.. stored.Select(identity => claimed.Remove(Convert.ToHexString(identity)))];
    }
}
