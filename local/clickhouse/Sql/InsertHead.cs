using System.Text;

namespace KpTelemetry.Local.ClickHouse.Sql;

/// <summary>Where an INSERT's statement ends and its data begins.</summary>
/// <param name="Statement">The statement without FORMAT or VALUES, with settings that stood after FORMAT moved into it.</param>
/// <param name="Format">The data's format; null where the statement names none.</param>
/// <param name="DataStart">The first byte of data in the text.</param>
public sealed record InsertHead(byte[] Statement, string? Format, int DataStart)
{
    /// <summary>True where the data are VALUES, in which expressions may stand.</summary>
    public bool IsValues => "Values".Equals(Format, StringComparison.OrdinalIgnoreCase);

    /// <summary>Finds the data of an INSERT.</summary>
    /// <returns>Null for any other statement, and for INSERT … SELECT.</returns>
    public static InsertHead? Find(ReadOnlySpan<byte> text)
    {
        var lexer = new SqlLexer(text);
        if (!lexer.Next().Is(text, "INSERT"u8)) return null;
        var depth = 0;
        while (true)
        {
            var token = lexer.Next();
            switch (token.Kind)
            {
                case SqlTokenKind.Error: return null;
                case SqlTokenKind.End or SqlTokenKind.Semicolon: return new InsertHead(text[..token.Start].ToArray(), null, text.Length);
                case SqlTokenKind.OpenParenthesis: depth++; break;
                case SqlTokenKind.CloseParenthesis: depth--; break;
            }
            if (depth != 0 || token.Kind != SqlTokenKind.Word) continue;
            if (token.Is(text, "SELECT"u8) || token.Is(text, "WITH"u8)) return null;
            if (token.Is(text, "VALUES"u8)) return new InsertHead(text[..token.Start].ToArray(), "Values", token.End);
            if (token.Is(text, "FORMAT"u8)) return AfterFormat(text, token, ref lexer);
        }
    }

    private static InsertHead? AfterFormat(ReadOnlySpan<byte> text, SqlToken keyword, ref SqlLexer lexer)
    {
        var format = lexer.Next();
        if (format.Kind != SqlTokenKind.Word) return null;
        var statement = text[..keyword.Start].ToArray();
        var end = format.End;
        var ahead = lexer;
        if (ahead.Next() is var word && word.Is(text, "SETTINGS"u8) && Settings(text, ref ahead) is { } settingsEnd)
        {
            statement = [.. statement, .. " SETTINGS "u8, .. text[word.End..settingsEnd]];
            end = settingsEnd;
        }
        return new InsertHead(statement, Encoding.ASCII.GetString(format.In(text)), SkipToData(text, end));
    }

    // name = literal, name = literal …; ends before the first token that cannot go on with it.
    private static int? Settings(ReadOnlySpan<byte> text, ref SqlLexer lexer)
    {
        while (true)
        {
            if (lexer.Next().Kind is not (SqlTokenKind.Word or SqlTokenKind.QuotedIdentifier)) return null;
            if (lexer.Next().Kind != SqlTokenKind.Equals) return null;
            var value = lexer.Next();
            if (value.Kind == SqlTokenKind.Sign) value = lexer.Next();
            if (value.Kind is not (SqlTokenKind.String or SqlTokenKind.Number or SqlTokenKind.Word)) return null;
            var ahead = lexer;
            if (ahead.Next().Kind != SqlTokenKind.Comma) return value.End;
            lexer = ahead;
        }
    }

    // As the server does it: blanks, then one line end; everything after that is data.
    private static int SkipToData(ReadOnlySpan<byte> text, int position)
    {
        while (position < text.Length && text[position] is (byte)' ' or (byte)'\t' or (byte)'\f') position++;
        if (position < text.Length && text[position] == '\r') position++;
        if (position < text.Length && text[position] == '\n') position++;
        return position;
    }
}
