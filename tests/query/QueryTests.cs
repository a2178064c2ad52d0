using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace KpTelemetry.Query.Tests;

public sealed class QueryTests(QueryService service) : IClassFixture<QueryService>
{
    [Fact]
    public async Task Example_OfTheContract_IsAnsweredToTheLetter()
    {
        await service.ReleaseAsync("example", done: true,
            "'2015-05-17', 2, 0, 0, '/', 20, 400, null, 20, 16", "'2015-05-17', 2, 0, 0, '/about', 30, 1, null, 30, 30", "'2015-05-21', 2, 0, 0, '/', 9, 9, null, 9, 9");
        await service.ReleaseAsync("example", done: true, "'2015-05-17', 2, 0, 0, '/', 5, 100, null, 5, 5");
        await service.WithholdAsync("example", "2015-05-17", 0, 2);
        await service.WithholdAsync("example", "2015-05-18", 3, 1);
        await service.WithholdAsync("example", "2015-05-21", 3, 3);

        using var response = await service.AskAsync(
            """
            {"site":"example","from":"2015-05-17","to":"2015-05-21","metrics":["requests","pageviews","visitors"],
             "dimensions":["time:day","page"],"filters":[["is","page",["/"]]],"order":[["pageviews","desc"]],"limit":100}
            """);

        Assert.Equal(
            """{"columns":["time:day","page","requests","pageviews","visitors"],"rows":[["2015-05-17","/",25,25,21]],"withheld":"under 5 %","asOf":"2026-01-01T00:00:00Z","policy":"20170913"}""",
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Rows_OfReleasesThatAreNotDone_AreNotSeen()
    {
        await service.ReleaseAsync("undone", done: false, "'2015-05-17', 1, 0, 23, '', 1000, 1, 1, 1, 1");
        await service.ReleaseAsync("undone", done: true, "'2015-05-17', 1, 0, 23, '', 5, 1, 1, 1, 1");
        await service.ReleaseAsync("undone", done: false, "'2015-05-17', 1, 0, 23, '', 1000, 1, 1, 1, 1");
        Assert.Equal("[[5]]", await service.RowsAsync("""{"site":"undone","from":"2015-05-17","to":"2015-05-18","metrics":["requests"]}"""));
    }

    [Fact]
    public async Task Unknown_IsNull_AndWithheldSaysSo()
    {
        await service.ReleaseAsync("small", done: true,
            "'2015-05-17', 1, 0, 23, '', 5, 50, 1, null, null", "'2015-05-18', 1, 0, 23, '', 30, 60, 0, 20, 12", "'2015-05-18', 2, 0, 0, '(other)', 15, 9, null, 15, null",
            "'2015-05-19', 2, 0, 0, '(other)', 20, 9, null, 20, 14");
        await service.WithholdAsync("small", "2015-05-17", 3, 3);
        const string days = """{"site":"small","from":"2015-05-01","to":"2015-06-01","dimensions":["time:day"],"metrics":["visitors","requests"]}""";
        Assert.Equal("""[["2015-05-17",null,5],["2015-05-18",12,30]]""", await service.RowsAsync(days));
        Assert.Equal("""[["2015-05-01",12,35]]""", await service.RowsAsync(days.Replace("time:day", "time:month", StringComparison.Ordinal)));
        Assert.Equal("""[["(other)",null,35]]""", await service.RowsAsync("""{"site":"small","from":"2015-05-01","to":"2015-06-01","dimensions":["page"],"metrics":["visitors","requests"]}"""));
        Assert.Equal("[[null]]", await service.RowsAsync("""{"site":"small","from":"2014-05-01","to":"2014-06-01","metrics":["requests"]}"""));

        Assert.Equal("more", await WithheldAsync("""{"site":"small","from":"2015-05-17","to":"2015-05-18","metrics":["visitors"]}"""));
        Assert.Equal("none", await WithheldAsync("""{"site":"small","from":"2015-05-17","to":"2015-05-18","metrics":["requests"]}"""));
        Assert.Equal("none", await WithheldAsync("""{"site":"small","from":"2015-05-18","to":"2015-05-19","metrics":["visitors"]}"""));
    }

    [Fact]
    public async Task Times_RunsOfHoursAndWeeks_AreNamedByTheirStart()
    {
        await service.ReleaseAsync("times", done: true,
            "'2015-05-17', 1, 0, 9, '', 1, 1, 0, 1, 1", "'2015-05-17', 1, 10, 10, '', 2, 1, 0, 1, 1", "'2015-05-17', 1, 11, 23, '', 3, 1, 0, 1, 1", "'2015-05-18', 1, 0, 23, '', 4, 1, 0, 1, 1");
        const string hours = """{"site":"times","from":"2015-05-17","to":"2015-05-19","dimensions":["time:hour"],"metrics":["requests"]}""";
        Assert.Equal(
            """[["2015-05-17T00:00/2015-05-17T10:00",1],["2015-05-17T10:00",2],["2015-05-17T11:00/2015-05-18T00:00",3],["2015-05-18T00:00/2015-05-19T00:00",4]]""",
            await service.RowsAsync(hours));
        Assert.Equal("""[["2015-05-11",6],["2015-05-18",4]]""", await service.RowsAsync(hours.Replace("time:hour", "time:week", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Visits_AreDivided_OnlyWhereBothSidesAreKnown()
    {
        const string columns = "day, `table`, hour_from, hour_to, label, requests, page_views, visits, bounces, visit_seconds, new_visitors";
        await service.ReleaseColumnsAsync("visits", columns, done: true,
            "'2015-05-17', 1, 0, 23, '', 5, 90, null, null, null, null", "'2015-05-17', 1, 0, 23, '', null, null, 40, 10, 1200, 22",
            "'2015-05-18', 1, 8, 8, '', 1, 60, null, null, null, null", "'2015-05-18', 1, 0, 23, '', null, null, 20, null, null, null", "'2015-05-19', 1, 9, 9, '', 9, 999, null, null, null, null",
            "'2015-05-17', 12, 0, 0, '/', null, null, 30, 8, 600, null", "'2015-05-18', 12, 0, 0, '/', null, null, 15, null, null, null");
        const string total = """{"site":"visits","from":"2015-05-17","to":"2015-05-20","metrics":["visits","bounce_rate","visit_duration","views_per_visit","new_visitors","pageviews"]}""";
        Assert.Equal("[[60,0.25,30,2.5,22,1149]]", await service.RowsAsync(total));
        const string entries = """{"site":"visits","from":"2015-05-17","to":"2015-05-20","dimensions":["entry_page"],"metrics":["visits","bounce_rate","visit_duration"]}""";
        Assert.Equal("""[["/",45,0.2667,20]]""", await service.RowsAsync(entries));
        Assert.Equal("""[["2015-05-17T00:00/2015-05-18T00:00",5],["2015-05-18T08:00",1],["2015-05-19T09:00",9]]""", await service.RowsAsync(
            """{"site":"visits","from":"2015-05-17","to":"2015-05-20","dimensions":["time:hour"],"metrics":["requests"]}"""));
    }

    [Fact]
    public async Task TimeOnPage_IsAnAverageOfWhatIsKnown()
    {
        await service.ReleaseColumnsAsync("stays", "day, `table`, hour_from, hour_to, label, requests, page_views, stays, stay_seconds", done: true,
            "'2015-05-17', 2, 0, 0, '/', 90, 90, 50, 1000", "'2015-05-18', 2, 0, 0, '/', 80, 80, null, null", "'2015-05-18', 2, 0, 0, '/about', 20, 20, null, null");
        Assert.Equal("""[["/",170,20],["/about",20,null]]""",
            await service.RowsAsync("""{"site":"stays","from":"2015-05-17","to":"2015-05-20","dimensions":["page"],"metrics":["pageviews","time_on_page"]}"""));
    }

    [Fact]
    public async Task Pairs_AreAskedInAnyOrderAndFilteredByEither()
    {
        await service.ReleaseColumnsAsync("pairs", "day, `table`, hour_from, hour_to, label, page_views", done: true,
            "'2015-05-17', 20, 0, 0, '/\\n(direct)', 40", "'2015-05-17', 20, 0, 0, '/\\nsearch.example', 30", "'2015-05-18', 20, 0, 0, '/about\\n(direct)', 20");
        const string query = """{"site":"pairs","from":"2015-05-17","to":"2015-05-20","dimensions":["source","page"],"metrics":["pageviews"]}""";
        Assert.Equal("""[["(direct)","/",40],["search.example","/",30],["(direct)","/about",20]]""", await service.RowsAsync(query));
        Assert.Equal("""[["/",40],["/about",20]]""", await service.RowsAsync(
            """{"site":"pairs","from":"2015-05-17","to":"2015-05-20","dimensions":["page"],"filters":[["is","source",["(direct)"]]],"metrics":["pageviews"]}"""));
    }

    [Fact]
    public async Task DaysThatJoined_AreOfTheirWeekOrMonth_WhereAllOfItIsAskedFor()
    {
        await service.ReleaseAsync("joined", done: true,
            "'2015-06-08', 1, 0, 23, '2015-06-14', null, null, null, 30, 20", "'2015-06-10', 1, 9, 9, '', 50, 1, 0, 40, 15", "'2015-06-09', 1, 0, 23, '', 7, 1, 0, null, null",
            "'2015-06-29', 1, 0, 23, '2015-07-05', null, null, null, 300, 200", "'2015-06-01', 1, 0, 23, '2015-06-30', null, null, null, 3000, 2000");
        const string weeks = """{"site":"joined","from":"2015-06-01","to":"2015-07-06","dimensions":["time:week"],"metrics":["visitors"]}""";
        Assert.Equal("""[["2015-06-08",35],["2015-06-29",200]]""", await service.RowsAsync(weeks));
        Assert.Equal("""[["2015-06-08",15]]""", await service.RowsAsync(weeks.Replace("2015-07-06", "2015-06-14", StringComparison.Ordinal)));
        Assert.Equal("""[["2015-06-01",2035]]""", await service.RowsAsync(weeks.Replace("time:week", "time:month", StringComparison.Ordinal)));
        Assert.Equal("""[["2015-06-09",null],["2015-06-10",15]]""", await service.RowsAsync(weeks.Replace("time:week", "time:day", StringComparison.Ordinal)));
        Assert.Equal("[[2235]]", await service.RowsAsync("""{"site":"joined","from":"2015-06-01","to":"2015-07-06","metrics":["visitors"]}"""));
    }

    [Fact]
    public async Task Filters_OnPublishedLabels_TakeLabelsAsTheyAre()
    {
        await service.ReleaseAsync("labels", done: true,
            "'2015-05-17', 8, 0, 0, '200', 90, 1, 0, null, null", "'2015-05-17', 8, 0, 0, '404', 7, 1, 7, null, null", "'2015-05-17', 2, 0, 0, '/o\\'brien', 12, 1, null, 12, 12",
            "'2015-05-17', 8, 0, 0, '500', 3, 1, 3, null, null");
        Assert.Equal("""[["404",7,7],["500",3,3]]""", await service.RowsAsync("""{"site":"labels","from":"2015-05-17","to":"2015-05-18","dimensions":["status"],"metrics":["requests","errors"],"filters":[["is_not","status",["200"]]]}"""));
        Assert.Equal("[[97]]", await service.RowsAsync("""{"site":"labels","from":"2015-05-17","to":"2015-05-18","metrics":["requests"],"filters":[["is","status",["200","404"]]]}"""));
        Assert.Equal("""[["/o'brien",12]]""", await service.RowsAsync("""{"site":"labels","from":"2015-05-17","to":"2015-05-18","dimensions":["page"],"metrics":["visitors"],"filters":[["is","page",["/o'brien"]]]}"""));
        Assert.Equal("[]", await service.RowsAsync("""{"site":"labels","from":"2015-05-17","to":"2015-05-18","dimensions":["page"],"metrics":["visitors"],"filters":[["is","page",["') OR 1 = 1 --", "\\", "{site:String}"]]]}"""));
    }

    [Fact]
    public async Task Order_DefaultsToTimeThenFirstMetric_AndTiesGoByLabel()
    {
        await service.ReleaseAsync("order", done: true,
            "'2015-05-18', 3, 0, 0, 'b', 12, 1, null, 12, 12", "'2015-05-17', 3, 0, 0, 'c', 20, 1, null, 20, 20", "'2015-05-17', 3, 0, 0, 'b', 30, 1, null, 30, 30", "'2015-05-17', 3, 0, 0, 'a', 20, 1, null, 20, 20");
        const string query = """{"site":"order","from":"2015-05-17","to":"2015-05-19","dimensions":["referrer","time:day"],"metrics":["pageviews"]}""";
        Assert.Equal("""[["b","2015-05-17",30],["a","2015-05-17",20],["c","2015-05-17",20],["b","2015-05-18",12]]""", await service.RowsAsync(query));
        Assert.Equal("""[["c","2015-05-17",20],["b","2015-05-17",30]]""", await service.RowsAsync(query[..^1] + ""","order":[["referrer","desc"]],"limit":2}"""));
    }

    [Theory]
    [InlineData("text/csv", "page,requests\r\n\"/a,\"\"b\",12\r\n")]
    [InlineData("application/x-ndjson", "{\"page\":\"/a,\\\"b\",\"requests\":12}\n")]
    [InlineData("text/html;q=0.1, text/*", "page,requests\r\n\"/a,\"\"b\",12\r\n")]
    public async Task Accept_OtherForms_CarryTheSameRowsAndTellTheRestInHeaders(string accept, string expected)
    {
        var site = $"forms{accept.Length}";
        await service.ReleaseAsync(site, done: true, "'2015-05-17', 2, 0, 0, '/a,\"b', 12, 1, null, 12, 12");
        using var response = await service.AskAsync($$"""{"site":"{{site}}","from":"2015-05-17","to":"2015-05-18","dimensions":["page"],"metrics":["requests"]}""", accept: accept);
        Assert.Equal(expected, await response.Content.ReadAsStringAsync());
        Assert.Equal(["none"], response.Headers.GetValues("Kp-Withheld"));
        Assert.Equal(["2026-01-01T00:00:00Z"], response.Headers.GetValues("Kp-As-Of"));
        Assert.Equal(["20170913"], response.Headers.GetValues("Kp-Policy"));
    }

    [Theory]
    [InlineData("""[]""", "members")]
    [InlineData("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["requests"],"dimension":["page"]}""", "members")]
    [InlineData("""{"from":"2015-05-17","to":"2015-05-18","metrics":["requests"]}""", "members")]
    [InlineData("""{"site":"nowhere","from":"2015-05-17","to":"2015-05-18","metrics":["requests"]}""", "sites")]
    [InlineData("""{"site":"sample","from":"17.5.2015","to":"2015-05-18","metrics":["requests"]}""", "detail")]
    [InlineData("""{"site":"sample","from":"2015-05-18","to":"2015-05-18","metrics":["requests"]}""", "detail")]
    [InlineData("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":[]}""", "metrics")]
    [InlineData("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["hits"]}""", "metrics")]
    [InlineData("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["requests"],"dimensions":["planet"]}""", "dimensions")]
    [InlineData("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["requests"],"dimensions":["page","browser"]}""", "lattice")]
    [InlineData("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["requests"],"dimensions":["page"],"filters":[["is","country",["US"]]]}""", "lattice")]
    [InlineData("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["requests"],"dimensions":["time:hour","page"]}""", "lattice")]
    [InlineData("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["visitors"],"dimensions":["status"]}""", "lattice")]
    [InlineData("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["errors"],"dimensions":["page"]}""", "lattice")]
    [InlineData("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["visitors"],"filters":[["is_not","page",["/"]]]}""", "lattice")]
    [InlineData("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["requests"],"filters":[["like","page",["/"]]]}""", "filters")]
    [InlineData("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["requests"],"filters":[["is","time:day",["2015-05-17"]]]}""", "dimensions")]
    [InlineData("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["requests"],"order":[["visitors","asc"]]}""", "columns")]
    [InlineData("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["requests"],"limit":10001}""", "detail")]
    [InlineData("""{"site":"a\u0000b","from":"2015-05-17","to":"2015-05-18","metrics":["requests"]}""", "detail")]
    [InlineData("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["requests"],"filters":[["is","page",["/\u0000"]]]}""", "detail")]
    [InlineData("""not json""", "detail")]
    public async Task Query_ThatCannotBeAnswered_IsRefusedWithWhatThereIs(string query, string tells)
    {
        await service.ExecuteAsync("insert into kp.sites values ('sample', 1, 'UTC', '{}', now()) on conflict do nothing");
        using var response = await service.AskAsync(query);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(problem.TryGetProperty(tells, out var told) && told.ToString().Length > 2, problem.GetRawText());
        Assert.DoesNotContain("planet", problem.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("nowhere", problem.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_OtherMediaType_IsNotAcceptable()
    {
        using var response = await service.AskAsync("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["requests"]}""", accept: "image/png");
        Assert.Equal(HttpStatusCode.NotAcceptable, response.StatusCode);
    }

    [Theory]
    [InlineData("security", HttpStatusCode.Forbidden)]
    [InlineData("admin", HttpStatusCode.Forbidden)]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    public async Task Query_WithoutTheRole_IsRefused(string? role, HttpStatusCode expected)
    {
        using var response = await service.AskAsync("""{"site":"sample","from":"2015-05-17","to":"2015-05-18","metrics":["requests"]}""", role);
        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task LatticeAndGlossary_NameTheSameThings()
    {
        using var lattice = await service.GetAsync("/api/v1/lattice", "security");
        using var glossary = await service.GetAsync("/api/v1/glossary");
        var combinations = (await lattice.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("combinations").EnumerateArray().ToList();
        var names = (await glossary.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("metrics").EnumerateArray().Select(m => m.GetProperty("name").GetString()).ToList();
        Assert.Equal(names, combinations.SelectMany(c => c.GetProperty("metrics").EnumerateArray()).Select(m => m.GetString()).Distinct().OrderBy(names.IndexOf));
        Assert.Contains(combinations, c => c.GetProperty("dimension").GetString() == "bot");
    }

    [Fact]
    public async Task Live_StepsOfTheLastHalfHour_ComeAtOnce()
    {
        await service.ReleaseAsync("live", done: true, $"'{TimeProvider.System.GetUtcNow():yyyy-MM-dd}', 1, 9, 9, '', 20, 30, 1, 15, 12");
        await service.ExecuteAsync("update kp.releases set done_at = now() where site = 'live'");
        using var response = await service.GetAsync("/api/v1/live?site=live");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal("event: open", await reader.ReadLineAsync());
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
            // The opening event's data; an empty line ends it.
        }

        Assert.Equal("event: step", await reader.ReadLineAsync());
        var step = JsonDocument.Parse((await reader.ReadLineAsync())!["data: ".Length..]).RootElement;
        Assert.Equal(("live", 12), (step.GetProperty("site").GetString(), step.GetProperty("visitors").GetInt32()));
    }

    private async Task<string?> WithheldAsync(string query)
    {
        using var response = await service.AskAsync(query);
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("withheld").GetString();
    }
}
