using KpTelemetry.Schemas.Policies;
using Npgsql;

namespace KpTelemetry.Ingest.Policies;

/// <summary>The published revisions of the policy, from PostgreSQL; answers from memory while PostgreSQL is away. A revision is published weeks before it takes effect.</summary>
public sealed class PolicyDirectory(NpgsqlDataSource database, TimeProvider time)
{
    private PolicyBook _book = PolicyBook.OfBuiltIn;

    /// <summary>The revision in force now.</summary>
    public PolicyRevision InForce => _book.InForce(time.GetUtcNow());

    /// <summary>Reads what is published.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select document from kp.policies");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var documents = new List<string>();
        while (await reader.ReadAsync(cancellation))
            documents.Add(reader.GetString(0));
        _book = PolicyBook.Of(documents);
    }
}
