namespace KpTelemetry.Local.ClickHouse.Sql;

/// <summary>
/// Cuts a statement into tokens by the rules of ClickHouse's own lexer: nested comments, comments after <c>--</c>,
/// <c>//</c>, <c># </c> and <c>#!</c>, doubled and escaped quotes, here-documents, hexadecimal strings.
/// </summary>
/// <remarks>
/// Where both could ever read differently, this one reports an error instead: bytes outside ASCII are taken inside
/// quotes and comments only (the engine also knows typographic quotes and spaces), and a token that begins with a
/// dollar sign is a here-document with a plain tag or nothing.
/// Otherwise a name could hide from the guard in what the host takes for a string and the engine for code.
/// </remarks>
public ref struct SqlLexer(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _position;
    private SqlTokenKind _previous = SqlTokenKind.End;

    /// <summary>The next token that is neither space nor comment.</summary>
    public SqlToken Next()
    {
        if (!SkipSpaceAndComments(out var start)) return new SqlToken(SqlTokenKind.Error, start, _text.Length);
        if (_position >= _text.Length) return new SqlToken(SqlTokenKind.End, _text.Length, _text.Length);
        start = _position;
        var kind = Read();
        _previous = kind;
        return new SqlToken(kind, start, _position);
    }

    private readonly int Peek(int ahead = 0) => _position + ahead < _text.Length ? _text[_position + ahead] : -1;

    private bool SkipSpaceAndComments(out int start)
    {
        while (true)
        {
            start = _position;
            switch (Peek())
            {
                case ' ' or '\t' or '\n' or '\r' or '\f' or '\v':
                    _position++;
                    break;
                case '-' when Peek(1) == '-':
                case '/' when Peek(1) == '/':
                case '#' when Peek(1) is ' ' or '!':
                    SkipLine();
                    break;
                case '/' when Peek(1) == '*':
                    if (!SkipNestedComment()) return false;
                    break;
                default:
                    return true;
            }
        }
    }

    private void SkipLine()
    {
        var length = _text[_position..].IndexOf((byte)'\n');
        _position = length < 0 ? _text.Length : _position + length;
    }

    private bool SkipNestedComment()
    {
        var depth = 0;
        while (_position + 1 < _text.Length)
        {
            var step = (_text[_position], _text[_position + 1]) switch
            {
                ((byte)'/', (byte)'*') => 1,
                ((byte)'*', (byte)'/') => -1,
                _ => 0,
            };
            depth += step;
            _position += step == 0 ? 1 : 2;
            if (depth == 0) return true;
        }
        _position = _text.Length;
        return false;
    }

    private SqlTokenKind Read()
    {
        var c = Peek();
        switch (c)
        {
            case '\'': return Quoted('\'', SqlTokenKind.String);
            case '"': return Quoted('"', SqlTokenKind.QuotedIdentifier);
            case '`': return Quoted('`', SqlTokenKind.QuotedIdentifier);
            case 'x' or 'X' or 'b' or 'B' when Peek(1) == '\'' && _position + 2 < _text.Length: return BinaryString();
            case '$': return Dollar();
            case '.': return Dot();
        }
        if (IsDigit(c)) return Number();
        if (IsWord(c)) return Word();
        _position++;
        return c switch
        {
            '(' => SqlTokenKind.OpenParenthesis,
            ')' => SqlTokenKind.CloseParenthesis,
            '[' => SqlTokenKind.OpenBracket,
            ']' => SqlTokenKind.CloseBracket,
            '{' => SqlTokenKind.OpenBrace,
            '}' => SqlTokenKind.CloseBrace,
            ',' => SqlTokenKind.Comma,
            ';' => SqlTokenKind.Semicolon,
            '=' => Equal(),
            '+' or '-' or '*' or '/' or '%' or '<' or '>' or '!' or '?' or ':' or '|' or '@' or '^' or '&' or '~' => SqlTokenKind.Sign,
            _ => SqlTokenKind.Error,
        };
    }

    private SqlTokenKind Equal()
    {
        if (Peek() == '=') _position++;
        return SqlTokenKind.Equals;
    }

    private SqlTokenKind Quoted(char quote, SqlTokenKind kind)
    {
        _position++;
        while (_position < _text.Length)
        {
            var c = _text[_position++];
            if (c == '\\')
            {
                if (_position >= _text.Length) return SqlTokenKind.Error;
                _position++;
            }
            else if (c == quote)
            {
                if (Peek() != quote) return kind;
                _position++;
            }
        }
        return SqlTokenKind.Error;
    }

    private SqlTokenKind BinaryString()
    {
        var hexadecimal = Peek() is 'x' or 'X';
        _position += 2;
        while (hexadecimal ? IsHexDigit(Peek()) : Peek() is '0' or '1') _position++;
        if (Peek() != '\'') return SqlTokenKind.Error;
        _position++;
        return SqlTokenKind.String;
    }

    private SqlTokenKind Dollar()
    {
        var rest = _text[_position..];
        var tagEnd = rest[1..].IndexOf((byte)'$');
        if (tagEnd >= 0)
        {
            var tag = rest[..(tagEnd + 2)];
            var close = rest[tag.Length..].IndexOf(tag);
            if (close >= 0)
            {
                _position += tag.Length + close + tag.Length;
                return IsPlainTag(tag[1..^1]) ? SqlTokenKind.String : SqlTokenKind.Error;
            }
        }
        _position++;
        return SqlTokenKind.Error;
    }

    private static bool IsPlainTag(ReadOnlySpan<byte> tag)
    {
        foreach (var c in tag)
            if (!IsWord(c)) return false;
        return true;
    }

    private SqlTokenKind Dot()
    {
        var afterOperand = _previous is SqlTokenKind.CloseParenthesis or SqlTokenKind.CloseBracket or SqlTokenKind.Word
            or SqlTokenKind.QuotedIdentifier or SqlTokenKind.Number;
        var first = _position == 0;
        _position++;
        if (!first && (afterOperand || !IsDigit(Peek()))) return SqlTokenKind.Dot;
        Digits(hexadecimal: false);
        Exponent(hexadecimal: false);
        return IsWord(Peek()) ? SqlTokenKind.Error : SqlTokenKind.Number;
    }

    // Digits that run into letters are a word, unless a point or a sign lies between: that is nothing at all.
    private SqlTokenKind Number()
    {
        var start = _position;
        if (_previous == SqlTokenKind.Dot)
        {
            Digits(hexadecimal: false);
        }
        else
        {
            var hexadecimal = Peek() == '0' && Peek(1) is 'x' or 'X' && IsHexDigit(Peek(2));
            var binary = Peek() == '0' && Peek(1) is 'b' or 'B' && Peek(2) is '0' or '1';
            if (hexadecimal || binary) _position += 2;
            Digits(hexadecimal);
            if (Peek() == '.')
            {
                _position++;
                Digits(hexadecimal);
            }
            Exponent(hexadecimal);
        }
        if (!IsWord(Peek())) return SqlTokenKind.Number;
        while (IsWord(Peek())) _position++;
        return IsPlainTag(_text[start.._position]) ? SqlTokenKind.Word : SqlTokenKind.Error;
    }

    private void Digits(bool hexadecimal)
    {
        var first = true;
        while (IsDigitOf(Peek(), hexadecimal) || !first && Peek() == '_' && IsDigitOf(Peek(1), hexadecimal))
        {
            _position++;
            first = false;
        }
    }

    private void Exponent(bool hexadecimal)
    {
        if (_position + 1 >= _text.Length || !(hexadecimal ? Peek() is 'p' or 'P' : Peek() is 'e' or 'E')) return;
        _position++;
        if (_position + 1 < _text.Length && Peek() is '-' or '+') _position++;
        Digits(hexadecimal: false);
    }

    private static bool IsDigitOf(int c, bool hexadecimal) => hexadecimal ? IsHexDigit(c) : IsDigit(c);

    private static bool IsHexDigit(int c) => IsDigit(c) || c is >= 'a' and <= 'f' or >= 'A' and <= 'F';

    private SqlTokenKind Word()
    {
        while (IsWord(Peek()) || Peek() == '$') _position++;
        return SqlTokenKind.Word;
    }

    private static bool IsDigit(int c) => c is >= '0' and <= '9';

    private static bool IsWord(int c) => c is >= '0' and <= '9' or >= 'a' and <= 'z' or >= 'A' and <= 'Z' or '_';
}
