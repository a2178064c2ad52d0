using System.Text;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>
/// Finds text that every match of a regular expression contains, so that most expressions need not be run at all. Knows
/// what the lists use (groups, classes, alternations, quantifiers); what it is not sure of yields nothing, never a wrong literal.
/// </summary>
internal ref struct RequiredLiteral
{
    private readonly ReadOnlySpan<char> _pattern;
    private int _at;

    private RequiredLiteral(ReadOnlySpan<char> pattern) => _pattern = pattern;

    /// <summary>The longest required literal that could be told, or an empty string.</summary>
    public static string In(string pattern) => new RequiredLiteral(pattern).Alternation();

    // Of several branches none is required.
    private string Alternation()
    {
        var branches = 1;
        var best = Sequence();
        for (; _at < _pattern.Length && _pattern[_at] == '|'; branches++)
        {
            _at++;
            Sequence();
        }

        return branches == 1 ? best : "";
    }

    private string Sequence()
    {
        var (best, run) = ("", new StringBuilder());
        while (_at < _pattern.Length && _pattern[_at] is not ('|' or ')'))
        {
            var atom = Atom(out var isLiteral);
            var quantifier = Quantifier();
            if (quantifier == Times.Optional)
                atom = "";
            if (isLiteral && quantifier != Times.Optional)
                run.Append(atom);
            if (isLiteral && quantifier == Times.Once)
                continue;
            best = Longer(best, isLiteral ? "" : atom);
            best = Longer(best, run.ToString());
            run.Clear();
        }

        return Longer(best, run.ToString());
    }

    private string Atom(out bool isLiteral)
    {
        isLiteral = false;
        switch (_pattern[_at])
        {
            case '(':
                return Group();
            case '[':
                SkipClass();
                return "";
            case '.' or '^' or '$':
                _at++;
                return "";
            case '\\':
                return Escape(out isLiteral);
            default:
                isLiteral = true;
                return _pattern[_at++].ToString();
        }
    }

    private string Group()
    {
        _at++;
        if (_pattern[_at..].StartsWith("?:", StringComparison.Ordinal))
            _at += 2;
        var isUnknown = _at < _pattern.Length && _pattern[_at] == '?';
        var inner = Alternation();
        _at++;
        return isUnknown ? "" : inner;
    }

    private void SkipClass()
    {
        _at += _pattern[_at..].StartsWith("[]", StringComparison.Ordinal) || _pattern[_at..].StartsWith("[^]", StringComparison.Ordinal) ? 3 : 1;
        for (; _pattern[_at] != ']'; _at++)
            _at += _pattern[_at] == '\\' ? 1 : 0;
        _at++;
    }

    private string Escape(out bool isLiteral)
    {
        var escaped = _pattern[_at + 1];
        _at += 2;
        isLiteral = !char.IsAsciiLetterOrDigit(escaped);
        return isLiteral ? escaped.ToString() : "";
    }

    private Times Quantifier()
    {
        if (_at >= _pattern.Length)
            return Times.Once;
        var times = _pattern[_at] switch
        {
            '?' or '*' => Times.Optional,
            '+' => Times.Several,
            '{' => _pattern[_at + 1] is '0' or ',' ? Times.Optional : Times.Several,
            _ => Times.Once,
        };
        if (times == Times.Once)
            return times;
        _at = _pattern[_at] == '{' ? _at + _pattern[_at..].IndexOf('}') + 1 : _at + 1;
        if (_at < _pattern.Length && _pattern[_at] is '?')
            _at++;
        return times;
    }

    private static string Longer(string one, string other) => other.Length > one.Length ? other : one;

    private enum Times
    {
        Once,
        Several,
        Optional,
    }
}
