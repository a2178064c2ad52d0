using System.Text;
using KpTelemetry.Local.ClickHouse.Engine;
using KpTelemetry.Local.ClickHouse.Refusing;
using KpTelemetry.Local.ClickHouse.Sql;

namespace KpTelemetry.Local.ClickHouse.Http;

/// <summary>How a statement is run.</summary>
internal enum StatementKind
{
    /// <summary>Its result is passed on as it comes.</summary>
    Select,

    /// <summary>Its data come in pieces.</summary>
    Insert,

    /// <summary>It runs to its end and has a small result, or none.</summary>
    Other,
}

/// <summary>A statement that may run, and how.</summary>
/// <param name="Text">The statement, for an insert without FORMAT and data.</param>
/// <param name="Format">The format of the result, or of the data.</param>
/// <param name="DataStart">For an insert: bytes of the body before the data.</param>
/// <param name="FormatAt">For a SELECT: where its own FORMAT stands, or null.</param>
/// <param name="ExpressionsAreRead">For VALUES: the guard has read every expression in them.</param>
internal sealed record StatementPlan(StatementKind Kind, ReadOnlyMemory<byte> Text, string Format, int DataStart = 0, int? FormatAt = null, bool ExpressionsAreRead = false)
{
    private static readonly string[] Selecting = ["SELECT", "WITH", "FROM"];

    /// <summary>Looks at what was held of a request.</summary>
    /// <param name="held">The first bytes of statement and data.</param>
    /// <param name="whole">True if there is nothing after them.</param>
    /// <exception cref="EngineException">It is refused, too long, or names an unknown format.</exception>
    public static StatementPlan Of(ReadOnlyMemory<byte> held, bool whole, StatementGuard guard, EngineCatalog catalog, string defaultFormat)
    {
        if (InsertHead.Find(held.Span) is { Format: { } format } insert) return Insert(insert, format, held, whole, guard, catalog);
        if (!whole) throw EngineException.Of(ErrorCode.SyntaxError, "Max query size exceeded (can be increased with the `max_query_size` setting)");
        var statement = SqlStatement.Read(held.ToArray());
        guard.Check(statement);
        statement = CallersQueryId.Rewrite(statement);
        var formatAt = FindFormat(statement);
        var resultFormat = formatAt is { } at ? statement.Word(at + 1)! : defaultFormat;
        if (!catalog.OutputFormats.TryGetValue(resultFormat, out var known)) throw UnknownFormat(resultFormat);
        if (IsSelect(statement)) return new StatementPlan(StatementKind.Select, statement.TextWithoutSemicolons, known, FormatAt: formatAt is { } x ? statement.At(x).Start : null);
        if (statement.IsWord(0, "INSERT") && !HasWord(statement, "SELECT"))
            throw EngineException.Of(ErrorCode.NoDataToInsert, "No data to insert: an INSERT has VALUES, or FORMAT and data, or SELECT");
        return new StatementPlan(StatementKind.Other, statement.TextWithoutSemicolons, known);
    }

    /// <summary>A SELECT with a clause before its FORMAT.</summary>
    public byte[] TextInto(string clause)
    {
        var at = FormatAt ?? Text.Length;
        var format = FormatAt is null ? $" FORMAT {Format}" : "";
        // A line end first: the statement may end in a comment.
        return [.. Text.Span[..at], .. Encoding.ASCII.GetBytes($"\n{clause}{format}\n"), .. Text.Span[at..]];
    }

    private static StatementPlan Insert(
        InsertHead insert, string format, ReadOnlyMemory<byte> held, bool whole, StatementGuard guard, EngineCatalog catalog)
    {
        guard.Check(SqlStatement.Read(insert.Statement));
        if (!catalog.InputFormats.TryGetValue(format, out var known)) throw UnknownFormat(format);
        var readExpressions = insert.IsValues && whole;
        if (readExpressions) guard.CheckTokens(SqlStatement.Read(held.Span[insert.DataStart..].ToArray()));
        return new StatementPlan(StatementKind.Insert, insert.Statement, known, insert.DataStart, ExpressionsAreRead: readExpressions);
    }

    private static bool IsSelect(SqlStatement statement)
    {
        var first = 0;
        while (statement.At(first).Kind == SqlTokenKind.OpenParenthesis) first++;
        return Selecting.Any(x => statement.IsWord(first, x)) && !HasWordAtTop(statement, "INSERT");
    }

    // The last FORMAT outside parentheses names the result's format; a column called format is followed by no name there.
    private static int? FindFormat(SqlStatement statement)
    {
        var depth = 0;
        int? format = null;
        for (var i = 0; i < statement.Tokens.Count; i++)
        {
            if (statement.At(i).Kind == SqlTokenKind.OpenParenthesis) depth++;
            if (statement.At(i).Kind == SqlTokenKind.CloseParenthesis) depth--;
            if (depth == 0 && i > 0 && statement.IsWord(i, "FORMAT") && statement.At(i + 1).Kind == SqlTokenKind.Word
                && statement.At(i + 2) is var after && (after.Kind is SqlTokenKind.End or SqlTokenKind.Semicolon || statement.IsWord(i + 2, "SETTINGS")))
                format = i;
        }
        return format;
    }

    private static bool HasWord(SqlStatement statement, string word) =>
        Enumerable.Range(0, statement.Tokens.Count).Any(i => statement.IsWord(i, word));

    private static bool HasWordAtTop(SqlStatement statement, string word)
    {
        var depth = 0;
        for (var i = 0; i < statement.Tokens.Count; i++)
        {
            if (statement.At(i).Kind == SqlTokenKind.OpenParenthesis) depth++;
            if (statement.At(i).Kind == SqlTokenKind.CloseParenthesis) depth--;
            if (depth == 0 && statement.IsWord(i, word)) return true;
        }
        return false;
    }

    private static EngineException UnknownFormat(string format) => EngineException.Of(ErrorCode.UnknownFormat, $"Unknown format {format}");
}
