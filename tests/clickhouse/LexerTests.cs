using System.Text;
using System.Text.Json;
using KpTelemetry.Local.ClickHouse.Sql;

namespace KpTelemetry.ClickHouse.Tests;

/// <summary>The host's lexer against the engine's own (<c>tokenizeQuery</c>): what the guard reads is what will run.</summary>
public sealed class LexerTests(SharedHost shared)
{
    private static readonly string[] Pieces =
    [
        "file", "INTO", "OUTFILE", "select", "x", "b", "e5", "0x", "0b1", "1", "5.", ".5", "1e", "1_0", "_", "$", "$$", "$a$", "$a b$", "'", "''", "\"",
        "`", "\\", "\\'", "\\x41", "/*", "*/", "/", "//", "--", "-", "->", "#", "# ", "#!", "\n", " ", "\t", "\r", "\v", "\f", "\0", "(", ")", "[", "]", "{",
        "}", ",", ";", ".", "..", "=", "==", "!=", "!", "<=>", "<", ">", "?", ":", "::", "|", "||", "@", "@@", "^", "&", "~", "%", "\\G", "x'41'", "b'01'",
        "x'", "é", "\u00a0", "\u2018", "\u2019", "\u201c", "\u201d", "\u2212", "\ufeff", "1e+5", "0x1p-3", "0xfile", "1.e5",
    ];

    private static readonly Dictionary<string, SqlTokenKind> Kinds = new(StringComparer.Ordinal)
    {
        ["BareWord"] = SqlTokenKind.Word,
        ["Number"] = SqlTokenKind.Number,
        ["StringLiteral"] = SqlTokenKind.String,
        ["HereDoc"] = SqlTokenKind.String,
        ["QuotedIdentifier"] = SqlTokenKind.QuotedIdentifier,
        ["OpeningRoundBracket"] = SqlTokenKind.OpenParenthesis,
        ["ClosingRoundBracket"] = SqlTokenKind.CloseParenthesis,
        ["OpeningCurlyBrace"] = SqlTokenKind.OpenBrace,
        ["ClosingCurlyBrace"] = SqlTokenKind.CloseBrace,
        ["Semicolon"] = SqlTokenKind.Semicolon,
        ["Comma"] = SqlTokenKind.Comma,
        ["Dot"] = SqlTokenKind.Dot,
    };

    [Fact]
    public async Task Both_lexers_read_the_same_wherever_the_host_reads_without_error()
    {
        const int Seed = 42;
        var random = new Random(Seed);
        var read = 0;
        var differences = new List<string>();
        for (var batch = 0; batch < 12; batch++)
        {
            var texts = Enumerable.Range(0, 2_000).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => Pieces[random.Next(Pieces.Length)]))).ToArray();
            var engine = await TokenizeAsync(texts);
            for (var i = 0; i < texts.Length; i++)
            {
                if (Read(texts[i]) is not { } mine) continue;
                read++;
                if (!mine.SequenceEqual(engine[i]))
                    differences.Add($"seed {Seed}: {JsonSerializer.Serialize(texts[i])}: {string.Join(' ', mine)} but the engine reads {string.Join(' ', engine[i])}");
            }
        }
        Assert.True(differences.Count == 0, string.Join('\n', differences.Take(20)));
        Assert.InRange(read, 2_000, int.MaxValue);
    }

    [Theory]
    [InlineData(@"`fi\x6ce`", "file")]
    [InlineData(@"`a``b`", "a`b")]
    [InlineData("\"a\"\"b\"", "a\"b")]
    [InlineData(@"`a\`b\\c\nd`", "a`b\\c\nd")]
    [InlineData("`привет`", "привет")]
    public void A_quoted_name_is_read_as_the_engine_reads_it(string quoted, string name) =>
        Assert.Equal(name, SqlQuoting.Decode(Encoding.UTF8.GetBytes(quoted)));

    [Theory]
    [InlineData("it's \\ `quoted` \"so\" \n ж")]
    [InlineData("\\")]
    public async Task A_literal_of_ours_is_read_back_whole(string text)
    {
        Assert.Equal(text, await shared.Host.QueryAsync($"SELECT {SqlQuoting.Literal(text)} FORMAT RawBLOB"));
        Assert.Equal(text, JsonDocument.Parse(await shared.Host.QueryAsync($"SELECT 1 AS {SqlQuoting.Identifier(text)} FORMAT JSONCompact")).RootElement.GetProperty("meta")[0].GetProperty("name").GetString());
    }

    // Signs are left out: no rule rests on them, and the engine joins some that the host takes one by one.
    private static (SqlTokenKind, int, int)[]? Read(string text)
    {
        var tokens = SqlStatement.Read(Encoding.UTF8.GetBytes(text)).Tokens;
        return tokens.Any(x => x.Kind == SqlTokenKind.Error) ? null : [.. tokens.Where(x => Kinds.ContainsValue(x.Kind)).Select(x => (x.Kind, x.Start, x.End))];
    }

    private async Task<(SqlTokenKind, int, int)[][]> TokenizeAsync(string[] texts)
    {
        var list = string.Join(',', texts.Select(SqlQuoting.Literal));
        using var answer = JsonDocument.Parse(await shared.Host.QueryAsync(
            $"SELECT arrayMap(q -> arrayMap(t -> (t.1, t.2, toString(t.3)), tokenizeQuery(q)), [{list}]) AS r FORMAT JSONCompactColumns", "max_query_size=10000000"));
        return [.. answer.RootElement[0][0].EnumerateArray().Select(text => text.EnumerateArray()
            .Select(t => (Kind: t[2].GetString()!, Start: Number(t[0]), End: Number(t[1])))
            .Where(t => Kinds.ContainsKey(t.Kind)).Select(t => (Kinds[t.Kind], t.Start, t.End)).ToArray())];
    }

    private static int Number(JsonElement value) => value.ValueKind == JsonValueKind.String ? int.Parse(value.GetString()!) : value.GetInt32();
}
