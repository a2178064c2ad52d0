namespace KpTelemetry.Broker.Tests;

/// <summary>The conformance matrix in docs/BROKER.md: one row a request, one column a client, cells with versions.</summary>
internal static class Matrix
{
    private const string FirstCell = "request";

    /// <summary>Asserts that the client made exactly the requests that its column names, and that none of them was a fault.</summary>
    public static void Holds(string client, RecordingLog log)
    {
        Assert.Empty(log.Errors);
        var (told, seen) = (Column(client).ToHashSet(StringComparer.Ordinal), log.Requests.ToHashSet(StringComparer.Ordinal));
        Assert.True(seen.IsSubsetOf(told), $"docs/BROKER.md lacks for {client}: {string.Join(", ", seen.Except(told))}");

        // A member that stays for less than a heartbeat's interval sends none.
        var unseen = told.Except(seen).Where(request => !request.StartsWith("Heartbeat", StringComparison.Ordinal));
        Assert.True(!unseen.Any(), $"docs/BROKER.md has for {client} what it did not ask: {string.Join(", ", unseen)}");
    }

    /// <summary>A column's cells, each with its row's name.</summary>
    public static IEnumerable<string> Column(string client)
    {
        var rows = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "BROKER.md"))
            .Where(line => line.StartsWith('|'))
            .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))
            .SkipWhile(cells => cells[0] != FirstCell)
            .ToList();
        var column = Array.FindIndex(rows[0], cell => cell.StartsWith(client, StringComparison.Ordinal));
        return rows.Skip(2)
            .TakeWhile(cells => cells.Length == rows[0].Length)
            .SelectMany(cells => cells[column].Split(", ", StringSplitOptions.RemoveEmptyEntries).Where(v => v != "–").Select(v => $"{cells[0]} {v}"));
    }
}
