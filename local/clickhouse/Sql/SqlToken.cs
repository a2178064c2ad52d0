namespace KpTelemetry.Local.ClickHouse.Sql;

/// <summary>Kinds of tokens, as far as the host tells them apart.</summary>
public enum SqlTokenKind
{
    /// <summary>An unquoted word: a keyword or an identifier.</summary>
    Word,

    /// <summary>An identifier in backticks or double quotes.</summary>
    QuotedIdentifier,

    String,
    Number,
    OpenParenthesis,
    CloseParenthesis,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    Comma,
    Semicolon,
    Dot,
    Equals,

    /// <summary>An operator, or any other sign that carries no name.</summary>
    Sign,

    /// <summary>Something that the engine would not take either, or that it may read otherwise than the host does.</summary>
    Error,

    End,
}

/// <summary>A token and where it lies in the statement's bytes.</summary>
public readonly record struct SqlToken(SqlTokenKind Kind, int Start, int End)
{
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> text) => text[Start..End];

    /// <summary>True for the unquoted word, in any case. Quoted identifiers are never keywords.</summary>
    public bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> upperCaseWord) =>
        Kind == SqlTokenKind.Word && System.Text.Ascii.EqualsIgnoreCase(In(text), upperCaseWord);
}
