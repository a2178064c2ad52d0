using KpTelemetry.Schemas.Policies;
using Npgsql;

namespace KpTelemetry.Processors.Policies;

/// <summary>The published revisions of the policy, from PostgreSQL. Thread-safe.</summary>
public sealed class PublishedPolicies(NpgsqlDataSource database)
{
    private const string Documents = "select document from kp.policies";

    private PolicyBook _book = PolicyBook.OfBuiltIn;

    /// <summary>The book that has a revision of that name; null where none is published. One that is not known yet is looked for, waiting: it was published after the last look, and each is met once.</summary>
    public PolicyBook? With(string name)
    {
        if (_book.With(name) is { } known)
            return known;
        using var command = database.CreateCommand(Documents);
        using var reader = command.ExecuteReader();
        var documents = new List<string>();
        while (reader.Read())
            documents.Add(reader.GetString(0));
        return (_book = PolicyBook.Of(documents)).With(name);
    }

    /// <summary>All that are published now.</summary>
    public async Task<PolicyBook> ReadAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(Documents);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var documents = new List<string>();
        while (await reader.ReadAsync(cancellation))
            documents.Add(reader.GetString(0));
        return _book = PolicyBook.Of(documents);
    }
}
