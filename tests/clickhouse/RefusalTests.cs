using System.Net;

namespace KpTelemetry.ClickHouse.Tests;

/// <summary>What reaches files, hosts or processes is refused however it is written; words alone are not.</summary>
public sealed class RefusalTests(SharedHost shared)
{
    public static TheoryData<string> Attempts => new(
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "select * from FILE ('/etc/hostname', 'LineAsString')",
        "SELECT file('/etc/hostname')",
        "SELECT `file`('/etc/hostname')",
        "SELECT \"file\"('/etc/hostname')",
        @"SELECT `fi\x6ce`('/etc/hostname')",
        "SELECT file/* a comment */('/etc/hostname')",
        "SELECT file -- a comment\n('/etc/hostname')",
        "SELECT file # a comment\n('/etc/hostname')",
        "SELECT 1 /* /* */ SELECT 2 */, file('/etc/hostname')",
        "SELECT * APPLY file FROM (SELECT '/etc/hostname')",
        "SELECT * APPLY(file) FROM (SELECT '/etc/hostname')",
        "SELECT * APPLY(`file`) FROM (SELECT '/etc/hostname')",
        "SELECT * APPLY(x -> file(x)) FROM (SELECT '/etc/hostname')",
        "SELECT arrayMap(file, ['/etc/hostname'])",
        "SELECT arrayMap((file), ['/etc/hostname'])",
        "SELECT arrayMap(file AS f, ['/etc/hostname'])",
        "WITH file SELECT arrayMap(file, ['/etc/hostname'])",
        "SELECT arrayFilter(x -> file(x) != '', ['/etc/hostname'])",
        "SELECT mapApply(file, map('a', 'b'))",
        "WITH (x -> file(x)) AS f SELECT f('/etc/hostname')",
        "SELECT 1 IN file('/etc/hostname')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "SELECT * FROM s3('http://127.0.0.1:1/a/b', 'CSV')",
        "SELECT * FROM remote('127.0.0.1', 'system.one')",
        "SELECT * FROM remoteSecure('127.0.0.1', 'system.one')",
        "SELECT * FROM cluster('default', 'system.one')",
        "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
        "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
        "SELECT * FROM mongodb('127.0.0.1:1', 'a', 'b', 'c', 'd', 'x Int8')",
        "SELECT * FROM redis('127.0.0.1:1', 'key', 'key String')",
        "SELECT * FROM sqlite('/tmp/a.db', 't')",
        "SELECT * FROM executable('x.sh', 'TSV', 'a String')",
        "SELECT * FROM jdbc('a', 'b', 'c')",
        "SELECT * FROM odbc('DSN=a', 'b', 'c')",
        "SELECT * FROM hdfs('hdfs://127.0.0.1:1/a', 'TSV')",
        "SELECT * FROM azureBlobStorage('a', 'b', 'c')",
        "SELECT * FROM iceberg('http://127.0.0.1:1/a')",
        "SELECT * FROM icebergLocal('/tmp/a')",
        "SELECT * FROM deltaLakeLocal('/tmp/a')",
        "SELECT * FROM filesystem('/etc')",
        "SELECT * FROM dictionary('d')",
        "SELECT * FROM eval('SELECT 1')",
        "SELECT * FROM arrowstream('1')",
        "SELECT * FROM view(SELECT * FROM file('/etc/hostname', 'LineAsString'))",
        "SELECT b FROM generateRandom('a UInt8, b String ALIAS file(''/etc/hostname'')') LIMIT 1",
        "SELECT b FROM values('a String, b String ALIAS file(a)', '/etc/hostname')",
        "SELECT * FROM format(Values, '(file(''/etc/hostname''))')",
        "INSERT INTO FUNCTION file('/tmp/chhost-out', 'CSV') SELECT 1",
        "INSERT INTO TABLE FUNCTION file('/tmp/chhost-out', 'CSV', 'a Int8') VALUES (1)",
        "INSERT INTO FUNCTION remote('127.0.0.1', 'a.b') FORMAT CSV 1",
        "INSERT INTO t VALUES (file('/etc/hostname'))",
        "INSERT INTO t FROM INFILE '/etc/hostname' FORMAT CSV",
        "SELECT 1 INTO OUTFILE '/tmp/chhost-out'",
        "SELECT 1 into/**/\n outfile '/tmp/chhost-out' TRUNCATE",
        "DESCRIBE TABLE file('/etc/hostname')",
        "EXPLAIN SELECT file('/etc/hostname')",
        "CREATE TABLE x (a String) ENGINE = File(CSV, '/etc/hostname')",
        "CREATE TABLE x (a String) ENGINE File(CSV)",
        "CREATE TABLE x (a String) ENGINE = URL('http://127.0.0.1:1/', CSV)",
        "CREATE TABLE x (a String) ENGINE = Kafka",
        "CREATE TABLE x (a String) ENGINE = Executable('a.sh', 'TSV')",
        "CREATE TABLE x (a String) ENGINE = `MySQL`('127.0.0.1:1', 'a', 'b', 'c', 'd')",
        "CREATE TABLE x (a String) ENGINE = Distributed('default', 'a', 'b')",
        "CREATE TABLE x (a String) ENGINE = EmbeddedRocksDB PRIMARY KEY a",
        "CREATE TABLE x AS remote('127.0.0.1', 'system.one')",
        "CREATE TABLE x (a String DEFAULT file('/etc/hostname')) ENGINE = Memory",
        "CREATE TABLE x (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = local, path = '/tmp/x/')",
        "CREATE DATABASE x ENGINE = Filesystem('/etc')",
        "CREATE DATABASE x ENGINE = MySQL('127.0.0.1:1', 'a', 'b', 'c')",
        "CREATE DATABASE x ENGINE = SQLite('/tmp/x.db')",
        "CREATE DICTIONARY d (a Int8) PRIMARY KEY a SOURCE(FILE(path '/etc/hostname' format 'CSV')) LIFETIME(0) LAYOUT(FLAT())",
        "CREATE FUNCTION f AS (x) -> file(x)",
        "CREATE FUNCTION f AS (x) -> x",
        "CREATE NAMED COLLECTION c AS url = 'x'",
        "CREATE USER u",
        "ATTACH TABLE x FROM '/etc' (a String) ENGINE = MergeTree ORDER BY a",
        "BACKUP TABLE system.one TO File('/tmp/chhost-backup')",
        "RESTORE TABLE a FROM File('/tmp/chhost-backup')",
        "GRANT ALL ON *.* TO default",
        "SYSTEM SHUTDOWN",
        "SYSTEM RELOAD CONFIG",
        "SELECT 1 FORMAT Template SETTINGS format_template_row = '/etc/hostname'",
        "SELECT 1 FORMAT Template SETTINGS `format_template_resultset` = '/etc/hostname'",
        "SELECT 1 SETTINGS format_schema = '/etc/hostname:x' FORMAT Protobuf",
        "SELECT 1 SETTINGS additional_result_filter = 'file(''/etc/hostname'') = '''''",
        "SELECT 1 SETTINGS dialect = 'kusto'",
        "SET dialect = 'prql'",
        "SELECT * FROM kql($$print 1$$)",
        "SELECT hasColumnInTable('127.0.0.1', 'system', 'one', 'dummy')",
        "SELECT count() FROM system.stack_trace");

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task A_way_out_is_refused(string statement)
    {
        using var response = await shared.Host.PostAsync(statement);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("497", response.Headers.GetValues("X-ClickHouse-Exception-Code").Single());
        Assert.Contains("(ACCESS_DENIED)", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT 1; SELECT 2")]
    [InlineData("SELECT 1;;SELECT file('/etc/hostname')")]
    [InlineData("SELECT “file”('/etc/hostname')")]
    [InlineData("SELECT ‘a', file('/etc/hostname')")]
    [InlineData("SELECT 1 /* not closed")]
    [InlineData("SELECT 'not closed")]
    [InlineData("SELECT $a b$ file $a b$")]
    [InlineData("SELECT .5INTO OUTFILE '/tmp/chhost-out'")]
    [InlineData("exit")]
    [InlineData("")]
    [InlineData("1 + 1")]
    [InlineData("\uFEFFSELECT 1")]
    public async Task What_could_be_read_in_two_ways_is_a_syntax_error(string statement)
    {
        using var response = await shared.Host.PostAsync(statement);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("62", response.Headers.GetValues("X-ClickHouse-Exception-Code").Single());
    }

    [Theory]
    [InlineData("query=SELECT+1+FORMAT+Template&format_template_row=/etc/hostname", 497)]
    [InlineData("query=SELECT+1&dialect=kusto", 497)]
    [InlineData("query=SELECT+1&log_comment=x", 497)]
    [InlineData("query=SELECT+1&input_format_values_interpret_expressions=1", 497)]
    [InlineData("query=SELECT+arrayMap({f:Identifier},['/etc/hostname'])&param_f=file", 497)]
    [InlineData("query=SELECT+*+FROM+{t:Identifier}&param_t=/etc/hostname", 60)]
    [InlineData("query=SELECT+*+FROM+`/etc/hostname`", 60)]
    [InlineData("query=SELECT+1&max_memory_usage=900000000000", 452)]
    [InlineData("query=SELECT+1&no_such_setting=1", 115)]
    [InlineData("query=SELECT+1&max_threads=many", 27)]
    [InlineData("query=SELECT+1&database=nowhere", 81)]
    [InlineData("query=SELECT+1&session_id=x", 48)]
    [InlineData("query=SELECT+1&user=root", 516)]
    [InlineData("query=CREATE+TABLE+got+(a+Int8)+ENGINE=Memory", 164)]
    public async Task What_stands_in_the_url_is_held_to_the_same(string url, int code)
    {
        using var response = await shared.Host.Http.GetAsync(new Uri($"/?{url}", UriKind.Relative));
        Assert.False(response.IsSuccessStatusCode);
        Assert.Equal($"{code}", response.Headers.GetValues("X-ClickHouse-Exception-Code").Single());
    }

    [Theory]
    [InlineData("SELECT 'file(''/etc/passwd'') INTO OUTFILE url(' AS x", @"file(\'/etc/passwd\') INTO OUTFILE url(")]
    [InlineData("SELECT $$file('/etc/passwd')$$", @"file(\'/etc/passwd\')")]
    [InlineData("SELECT 1 /* file('x') INTO OUTFILE 'y' */ -- url('z')", "1")]
    [InlineData("SELECT file, url FROM (SELECT 1 AS file, 2 AS url)", "1\t2")]
    [InlineData("SELECT max(file) FROM (SELECT 1 AS file)", "1")]
    [InlineData("SELECT t.file FROM (SELECT 3 AS file) AS t", "3")]
    [InlineData("SELECT `url` IN (5) FROM (SELECT 5 AS url)", "1")]
    [InlineData("SELECT outfile, infile, dictionary FROM (SELECT 1 AS outfile, 2 AS infile, 3 AS dictionary)", "1\t2\t3")]
    [InlineData("SELECT engine FROM (SELECT 'MySQL' AS engine) WHERE engine = 'MySQL'", "MySQL")]
    [InlineData("WITH url AS (SELECT 1 AS a) SELECT a FROM url", "1")]
    [InlineData("SELECT domain(x) FROM (SELECT 'http://a.b/c' AS x)", "a.b")]
    [InlineData("SELECT arrayMap(x -> x + 1, [1, 2])", "[2,3]")]
    [InlineData("SELECT sum(number) FROM numbers(10)", "45")]
    [InlineData("SELECT count() FROM view(SELECT 1)", "1")]
    [InlineData("SELECT 1;", "1")]
    [InlineData("(SELECT 1) UNION ALL (SELECT 1)", "1\n1")]
    [InlineData("FROM numbers(2) SELECT number", "0\n1")]
    [InlineData("SELECT x'41', 0x10, 1e3, .5, 1_000, 1.5e-1", "A\t16\t1000\t0.5\t1000\t0.15")]
    [InlineData("SELECT 'привет', '…'", "привет\t…")]
    public async Task A_harmless_statement_with_such_words_runs(string statement, string expected) =>
        Assert.Equal($"{expected}\n", await shared.Host.QueryAsync(statement));

    [Fact]
    public async Task Nothing_was_written_by_any_attempt()
    {
        using var response = await shared.Host.PostAsync("SELECT 1 INTO OUTFILE '/tmp/chhost-out'");
        Assert.False(File.Exists("/tmp/chhost-out"));
        Assert.False(Path.Exists("/tmp/chhost-backup"));
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Origin", "https://evil.example")]
    public async Task A_page_of_another_site_is_kept_out(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent("SELECT 1") };
        request.Headers.TryAddWithoutValidation(header, value);
        using var response = await shared.Host.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }
}
