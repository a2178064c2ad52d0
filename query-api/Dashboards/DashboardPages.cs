using System.Globalization;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;
using KpTelemetry.QueryApi.Access;
using KpTelemetry.QueryApi.Books;
using KpTelemetry.QueryApi.SigningIn;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace KpTelemetry.QueryApi.Dashboards;

/// <summary>
/// The dashboards: each role sees its own part at <c>/</c>. Every page is recorded like a read of the API, and before it
/// is shown.
/// </summary>
public sealed class DashboardPages(FigureReader figures, RecordReader record, BookReader books, GrantBook grants, NpgsqlDataSource database, TimeProvider time)
{
    private const int RecordLimit = 50;

    /// <summary>Maps the pages below a group of sessions.</summary>
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/", (HttpContext http, DashboardPages dashboards, string? site, string? from, string? last, string? kind, long? before, CancellationToken cancellation) =>
            dashboards.ShowAsync(http, new DashboardChoice(site, from, last, kind, before), cancellation)).ForRoles(Roles.Analyst, Roles.Marketing, Roles.Security, Roles.Privacy, Roles.Admin);
        pages.MapGet("/figures", (HttpContext http, DashboardPages dashboards, string? site, string? from, string? last, CancellationToken cancellation) =>
            dashboards.RefreshAsync(new DashboardChoice(site, from, last, null, null), cancellation)).ForRoles(Roles.Analyst, Roles.Marketing);
    }

    /// <summary>A page is activity: the cookie is given anew, and the page leads to the sign-in page when it has run out.</summary>
    internal static async Task<Session> BeginAsync(HttpContext http)
    {
        var session = Session.Of(http.User)!;
        await DashboardCookie.GiveAsync(http, session);
        http.Response.Headers["Refresh"] = $"{((int)Session.Inactivity.TotalSeconds + 1).ToString(CultureInfo.InvariantCulture)}; url=/sign-in?ended=inactivity";
        return session;
    }

    private async Task<IResult> ShowAsync(HttpContext http, DashboardChoice choice, CancellationToken cancellation)
    {
        var session = await BeginAsync(http);
        return session.Account.Role switch
        {
            Roles.Analyst or Roles.Marketing => await FiguresAsync(session, choice, cancellation),
            Roles.Security or Roles.Privacy => await RecordAsync(session, choice, cancellation),
            _ => new RazorComponentResult<BooksView>(new { Session = session, Books = await books.ReadAsync(cancellation) }),
        };
    }

    private async Task<IResult> FiguresAsync(Session session, DashboardChoice choice, CancellationToken cancellation)
    {
        var sites = await SitesAsync(cancellation);
        var read = await ReadAsync(choice, sites, cancellation);
        return new RazorComponentResult<FiguresPage>(new { Session = session, Sites = sites, Figures = read });
    }

    // Not activity: a page that nobody looks at refreshes too.
    private async Task<IResult> RefreshAsync(DashboardChoice choice, CancellationToken cancellation) =>
        new RazorComponentResult<FiguresView>(new { Figures = await ReadAsync(choice, await SitesAsync(cancellation), cancellation) });

    private async Task<Figures> ReadAsync(DashboardChoice choice, IReadOnlyList<string> sites, CancellationToken cancellation)
    {
        var site = sites.Contains(choice.Site, StringComparer.Ordinal) ? choice.Site! : sites[0];
        var newest = await figures.NewestDayAsync(site, cancellation) ?? DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        return await figures.ReadAsync(site, DashboardRange.Choose(choice.From, choice.Last, newest), cancellation);
    }

    private async Task<IResult> RecordAsync(Session session, DashboardChoice choice, CancellationToken cancellation)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var range = DashboardRange.Choose(choice.From, choice.Last, today);
        var kind = EventKinds.All.FirstOrDefault(known => known == choice.Kind);
        var page = await record.ReadAsync(new RecordQuery(Midnight(range.From), Midnight(range.To), kind, choice.Before, RecordLimit), cancellation);
        var open = await grants.OpenAsync(cancellation);
        return new RazorComponentResult<RecordView>(new { Session = session, Range = range, Kind = kind, Page = page, OpenCases = open.Count, OverdueCases = open.Count(grant => grant.IsOverdue(time.GetUtcNow())) });
    }

    internal static DateTimeOffset Midnight(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);

    // Sites with figures first.
    private async Task<IReadOnlyList<string>> SitesAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            "select name from kp.sites left join (select distinct site from kp.releases where done_at is not null) as released on site = name group by name order by bool_and(site is null), name");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var sites = new List<string>();
        while (await reader.ReadAsync(cancellation))
            sites.Add(reader.GetString(0));
        return sites;
    }
}

/// <summary>What the address of a dashboard chooses; whatever is no choice is ignored.</summary>
public sealed record DashboardChoice(string? Site, string? From, string? Last, string? Kind, long? Before);
