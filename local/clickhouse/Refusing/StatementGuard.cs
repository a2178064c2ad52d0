using System.Collections.Frozen;
using KpTelemetry.Local.ClickHouse.Engine;
using KpTelemetry.Local.ClickHouse.Sql;

namespace KpTelemetry.Local.ClickHouse.Refusing;

/// <summary>
/// Decides in front of the engine whether a statement may reach it. It reads tokens, not grammar, so that no form of
/// words slips past a rule: a refused name is refused wherever it could be a call, whatever stands around it.
/// </summary>
/// <remarks>
/// The engine stands behind it with its own grants (no READ or WRITE on any source, table engines by name) and
/// constant settings. This guard is there for what those do not cover: functions such as <c>file('…')</c>, INTO OUTFILE,
/// which the client side of the library carries out, disks, and several statements in one text.
/// </remarks>
public sealed class StatementGuard
{
    private readonly FrozenSet<string> _calls;
    private readonly FrozenSet<string> _engines;

    /// <param name="catalog">The engine's own lists: what it knows and is not allowed is refused.</param>
    public StatementGuard(EngineCatalog catalog)
    {
        var engines = catalog.TableEngines.Except(Allowed.TableEngines, StringComparer.OrdinalIgnoreCase)
            .Concat(catalog.DatabaseEngines.Except(Allowed.DatabaseEngines, StringComparer.OrdinalIgnoreCase))
            .Where(x => !Allowed.TableEngines.Contains(x) && !Allowed.DatabaseEngines.Contains(x)).ToList();
        _engines = engines.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        _calls = catalog.TableFunctions.Where(x => !Allowed.TableFunctions.Contains(x))
            .Concat(catalog.DatabaseEngines.Where(x => !Allowed.DatabaseEngines.Contains(x)))
            .Concat(Denied.Functions).Concat(Denied.Constructors)
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Looks at a whole statement, its first word included.</summary>
    /// <exception cref="EngineException">ACCESS_DENIED, or SYNTAX_ERROR where it cannot be read.</exception>
    public void Check(SqlStatement statement)
    {
        CheckKind(statement);
        CheckTokens(statement);
    }

    /// <summary>Looks at a part of a statement: expressions in VALUES.</summary>
    /// <exception cref="EngineException">ACCESS_DENIED, or SYNTAX_ERROR where it cannot be read.</exception>
    public void CheckTokens(SqlStatement statement)
    {
        var calls = new Stack<bool>();
        for (var i = 0; i < statement.Tokens.Count; i++)
        {
            var token = statement.At(i);
            if (token.Kind == SqlTokenKind.Error) throw Unreadable();
            if (token.Kind == SqlTokenKind.Semicolon && statement.At(i + 1).Kind is not (SqlTokenKind.End or SqlTokenKind.Semicolon))
                throw EngineException.Of(ErrorCode.SyntaxError, "Multi-statements are not allowed");
            if (token.Kind == SqlTokenKind.OpenParenthesis) calls.Push(OpensHigherOrder(statement, i) || calls.TryPeek(out var outer) && outer);
            if (token.Kind == SqlTokenKind.CloseParenthesis) calls.TryPop(out _);
            if (statement.Name(i) is { } name) CheckName(statement, i, name, calls.TryPeek(out var inside) && inside);
        }
    }

    /// <summary>Looks at a setting given beside the statement.</summary>
    /// <exception cref="EngineException">ACCESS_DENIED.</exception>
    public static void CheckSetting(string name)
    {
        if (Denied.Settings.Contains(name)) throw Refused($"the setting {name}");
    }

    private static void CheckKind(SqlStatement statement)
    {
        var first = 0;
        while (statement.At(first).Kind == SqlTokenKind.OpenParenthesis) first++;
        if (statement.At(first).Kind == SqlTokenKind.End) throw EngineException.Of(ErrorCode.SyntaxError, "Empty query");
        if (statement.At(first).Kind == SqlTokenKind.Error) throw Unreadable();
        if (statement.Word(first) is not { } word) throw EngineException.Of(ErrorCode.SyntaxError, "Syntax error: failed at the first token of the query");
        if (Denied.Statements.Contains(word)) throw Refused($"the statement {word}");
        if (!Allowed.Statements.Contains(word)) throw EngineException.Of(ErrorCode.SyntaxError, $"Syntax error: failed at position 1 ({Shorten(word)})");
        if (word.Equals("SYSTEM", StringComparison.OrdinalIgnoreCase) && !Allowed.System.Contains(statement.Word(first + 1) ?? ""))
            throw Refused("this SYSTEM statement");
        if (word.Equals("CREATE", StringComparison.OrdinalIgnoreCase)) CheckCreation(statement, first + 1);
    }

    private static void CheckCreation(SqlStatement statement, int next)
    {
        if (statement.IsWord(next, "OR") && statement.IsWord(next + 1, "REPLACE")) next += 2;
        if (statement.IsWord(next, "TEMPORARY")) next++;
        if (!Allowed.Creations.Contains(statement.Word(next) ?? "")) throw Refused("this CREATE statement");
    }

    private void CheckName(SqlStatement statement, int index, string name, bool insideHigherOrder)
    {
        var next = statement.At(index + 1).Kind;
        if (next == SqlTokenKind.OpenParenthesis && _calls.Contains(name)) throw Refused($"{name}(…)");
        if (Denied.Functions.Contains(name) && (insideHigherOrder || FollowsApply(statement, index))) throw Refused($"the function {name}");
        if (Denied.Settings.Contains(name)) throw Refused($"the setting {name}");
        if (Denied.Tables.Contains(name)) throw Refused($"the table {name}");
        if (_engines.Contains(name) && FollowsEngine(statement, index)) throw Refused($"the engine {name}");
        if (statement.At(index).Kind == SqlTokenKind.Word) CheckKeyword(statement, index, name, insideHigherOrder);
    }

    private static void CheckKeyword(SqlStatement statement, int index, string word, bool insideHigherOrder)
    {
        if (Same(word, "OUTFILE") && statement.IsWord(index - 1, "INTO")) throw Refused("INTO OUTFILE");
        if (Same(word, "INFILE") && statement.IsWord(index - 1, "FROM")) throw Refused("FROM INFILE");
        if (Same(word, "DICTIONARY") && statement.IsWord(index - 1, "CREATE")) throw Refused("CREATE DICTIONARY");
        if (Same(word, "Identifier") && statement.At(index + 1).Kind == SqlTokenKind.CloseBrace
            && (insideHigherOrder || FollowsApply(statement, index - 3)))
            throw Refused("a function named by a parameter");
    }

    // arrayMap(f, …) and its like take the bare name of a function, in parentheses too.
    private static bool OpensHigherOrder(SqlStatement statement, int parenthesis) =>
        statement.Name(parenthesis - 1) is { } name
        && (name.StartsWith("array", StringComparison.OrdinalIgnoreCase) || name.StartsWith("map", StringComparison.OrdinalIgnoreCase));

    private static bool FollowsApply(SqlStatement statement, int index)
    {
        while (statement.At(index - 1).Kind == SqlTokenKind.OpenParenthesis) index--;
        return statement.IsWord(index - 1, "APPLY");
    }

    private static bool FollowsEngine(SqlStatement statement, int index) =>
        statement.IsWord(index - 1, "ENGINE") || statement.At(index - 1).Kind == SqlTokenKind.Equals && statement.IsWord(index - 2, "ENGINE");

    private static bool Same(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);

    private static string Shorten(string word) => word.Length <= 32 ? word : word[..32];

    private static EngineException Refused(string what) => EngineException.Of(
        ErrorCode.AccessDenied, $"default: Not enough privileges. The local engine reaches no files, hosts or processes and refuses {what}");

    private static EngineException Unreadable() => EngineException.Of(
        ErrorCode.SyntaxError, "Syntax error: unrecognized token, unclosed quote or comment, or a character outside ASCII outside quotes");
}
