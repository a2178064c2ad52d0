using System.Text;

namespace KpTelemetry.Local.ClickHouse.Sql;

/// <summary>The tokens of one statement, with the bytes they lie in.</summary>
public sealed class SqlStatement
{
    private readonly byte[] _text;
    private readonly List<SqlToken> _tokens;

    private SqlStatement(byte[] text, List<SqlToken> tokens)
    {
        _text = text;
        _tokens = tokens;
    }

    public ReadOnlySpan<byte> Text => _text;

    /// <summary>The statement up to the semicolons that end it.</summary>
    public ReadOnlyMemory<byte> TextWithoutSemicolons => _tokens.Find(x => x.Kind == SqlTokenKind.Semicolon) is { Kind: SqlTokenKind.Semicolon } end ? _text.AsMemory(0, end.Start) : _text;

    /// <summary>Every token up to the end, without <see cref="SqlTokenKind.End"/>.</summary>
    public IReadOnlyList<SqlToken> Tokens => _tokens;

    /// <summary>Reads a whole statement. What cannot be read ends it with a token of kind Error.</summary>
    public static SqlStatement Read(byte[] text)
    {
        var lexer = new SqlLexer(text);
        var tokens = new List<SqlToken>();
        while (lexer.Next() is { Kind: not SqlTokenKind.End } token)
        {
            tokens.Add(token);
            if (token.Kind == SqlTokenKind.Error) break;
        }
        return new SqlStatement(text, tokens);
    }

    /// <summary>The token at this place, or one of kind End outside the statement.</summary>
    public SqlToken At(int index) =>
        index >= 0 && index < _tokens.Count ? _tokens[index] : new SqlToken(SqlTokenKind.End, _text.Length, _text.Length);

    /// <summary>True where the unquoted word stands, in any case.</summary>
    public bool IsWord(int index, string word) =>
        At(index).Kind == SqlTokenKind.Word && Encoding.ASCII.GetString(At(index).In(_text)).Equals(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>The unquoted word at this place, or null.</summary>
    public string? Word(int index) => At(index).Kind == SqlTokenKind.Word ? Encoding.ASCII.GetString(At(index).In(_text)) : null;

    /// <summary>The name that a word or a quoted identifier stands for; null for any other token.</summary>
    public string? Name(int index)
    {
        var token = At(index);
        return token.Kind switch
        {
            SqlTokenKind.Word => Encoding.ASCII.GetString(token.In(_text)),
            SqlTokenKind.QuotedIdentifier => SqlQuoting.Decode(token.In(_text)),
            _ => null,
        };
    }
}
