namespace KpTelemetry.Local.ClickHouse.Sql;

/// <summary>
/// Lets KILL QUERY name a statement by the id that its caller gave. The library knows its statements by ids of its own;
/// the caller's is their <c>log_comment</c>.
/// </summary>
internal static class KillByQueryId
{
    /// <summary>The statement, with <c>query_id</c> read as the caller's id where it is a KILL QUERY.</summary>
    public static ReadOnlyMemory<byte> Rewrite(SqlStatement statement)
    {
        if (!statement.IsWord(0, "KILL") || !statement.IsWord(1, "QUERY")) return statement.Text.ToArray();
        var rewritten = new List<byte>(statement.Text.Length + 32);
        var position = 0;
        for (var i = 2; i < statement.Tokens.Count; i++)
        {
            if (statement.Name(i) != "query_id") continue;
            rewritten.AddRange(statement.Text[position..statement.At(i).Start]);
            rewritten.AddRange("Settings['log_comment']"u8);
            position = statement.At(i).End;
        }
        rewritten.AddRange(statement.Text[position..]);
        return rewritten.ToArray();
    }
}
