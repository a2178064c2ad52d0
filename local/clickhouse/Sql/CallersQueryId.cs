namespace KpTelemetry.Local.ClickHouse.Sql;

/// <summary>
/// Lets KILL QUERY and <c>system.processes</c> name a statement by the id that its caller gave. The library knows its
/// statements by ids of its own; the caller's is their <c>log_comment</c>.
/// </summary>
internal static class CallersQueryId
{
    /// <summary>The statement, with <c>query_id</c> read as the caller's id where it speaks of running statements.</summary>
    public static SqlStatement Rewrite(SqlStatement statement)
    {
        var kill = statement.IsWord(0, "KILL") && statement.IsWord(1, "QUERY");
        if (!kill && !NamesProcesses(statement)) return statement;
        var rewritten = new List<byte>(statement.Text.Length + 64);
        var position = 0;
        for (var i = 1; i < statement.Tokens.Count; i++)
        {
            if (statement.Name(i) != "query_id" || statement.At(i - 1).Kind == SqlTokenKind.OpenBrace) continue;
            rewritten.AddRange(statement.Text[position..statement.At(i).Start]);
            // The alias keeps the column's name in a result; after a table's name there is no place for one.
            rewritten.AddRange(kill || statement.At(i - 1).Kind == SqlTokenKind.Dot ? "Settings['log_comment']"u8 : "(Settings['log_comment'] AS query_id)"u8);
            position = statement.At(i).End;
        }
        rewritten.AddRange(statement.Text[position..]);
        return SqlStatement.Read([.. rewritten]);
    }

    private static bool NamesProcesses(SqlStatement statement) => Enumerable.Range(2, Math.Max(0, statement.Tokens.Count - 2)).Any(i =>
        statement.Name(i) == "processes" && statement.At(i - 1).Kind == SqlTokenKind.Dot && statement.Name(i - 2) == "system");
}
