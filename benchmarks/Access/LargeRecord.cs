using System.Diagnostics;
using System.Globalization;
using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.HandlingRequests;
using KpTelemetry.Audit.People;
using KpTelemetry.Audit.RecordingAccess;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.ReviewingAccess;
using KpTelemetry.Audit.SigningOn;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Schemas.Raw;
using Npgsql;

namespace KpTelemetry.Benchmarks.Access;

/// <summary>
/// A house's record of a year: what its members did at its sites in visits, whose logs come one after the other, one in fifty entries
/// by staff, and the cases and requests of that time, of which the newest are open. Two writers append batches of a thousand.
/// </summary>
internal sealed class LargeRecord(NpgsqlDataSource database, RecordStore store, int entries)
{
    /// <summary>The member who comes most often, and one who comes seldom.</summary>
    public static readonly (string Often, string Seldom) Known = (Member(0), Member(Members - 1));

    /// <summary>How long the record goes back.</summary>
    public static readonly TimeSpan Year = TimeSpan.FromDays(365);

    private const int Writers = 2;
    private const int BatchEntries = 1000;
    private const int StaffBatchEvery = 50;
    private const int SiteEntries = 1_000_000;
    private const int VisitEvents = 8;
    private const int CaseEvery = 20_000;
    private const int OpenCases = 40;
    private const int Members = 200_000;
    private const int Staff = 400;

    private readonly Guid _source = new("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b0ab");
    private readonly DateTimeOffset _from = Now - Year;

    /// <summary>Makes it, or as much of it as comes <paramref name="within"/> a time; entries a second are told on the way.</summary>
    public async Task MakeAsync(TimeSpan within)
    {
        var (next, started, told) = (-1, Stopwatch.GetTimestamp(), new Lock());
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            var recorder = new AccessRecorder(store);
            for (var batch = Interlocked.Increment(ref next); batch * BatchEntries < entries && Stopwatch.GetElapsedTime(started) < within; batch = Interlocked.Increment(ref next))
            {
                await (batch % StaffBatchEvery == 0 ? AppendStaffAsync(batch) : AppendMembersAsync(recorder, batch));
                if (batch % 500 == 499)
                    lock (told)
                        Console.WriteLine($"{(batch + 1) * BatchEntries:N0} entries, {(batch + 1) * BatchEntries / Stopwatch.GetElapsedTime(started).TotalSeconds:N0}/s");
            }
        })));
        await AddCasesAsync();
    }

    private static DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());

    private static string Member(int number) => string.Create(CultureInfo.InvariantCulture, $"M{number:d8}");

    private DateTimeOffset At(int entry)
    {
        var ofSite = Math.Min(SiteEntries, entries);
        return OfYear((double)(entry % ofSite) / ofSite);
    }

    private DateTimeOffset OfYear(double part) => _from.AddMilliseconds(Math.Floor(Year.TotalMilliseconds * part));

    private async Task AppendMembersAsync(AccessRecorder recorder, int batch)
    {
        var told = Enumerable.Range(batch * BatchEntries, BatchEntries).Select(i => MemberAccess.FromLine(_source, Told(i))).ToList();
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await recorder.AppendAsync(transaction, new AccessSpan(_source, 0, told, []), CancellationToken.None);
        await transaction.CommitAsync();
    }

    // In visits of some minutes. A few members come often, most seldom; one sign-on in ten fails.
    private AccessEvent Told(int i)
    {
        var random = new Random(i);
        return new AccessEvent
        {
            Site = new SiteStamp { Name = string.Create(CultureInfo.InvariantCulture, $"site-{i / SiteEntries}.kaiserpermanente.org"), Revision = 1, Timezone = "America/Los_Angeles", Policy = "20170913" },
            AtMs = At(i).ToUnixTimeMilliseconds(),
            Member = Member((int)(Members * Math.Pow(new Random(i / VisitEvents).NextDouble(), 3))),
            Action = random.Next(100) switch { 0 => "sign-on-failed", < 10 => "signed-on", < 14 => "signed-off", _ => "service-accessed" },
            Service = "/my/appointments",
            Channel = "web",
            Outcome = "success",
            Position = i * 200L,
        };
    }

    // Over the time of the batches until the next of its sort.
    private async Task AppendStaffAsync(int batch)
    {
        var drafts = Enumerable.Range(0, BatchEntries).SelectMany(i => Acted(new Random((batch * BatchEntries) + i), At((batch * BatchEntries) + (i * StaffBatchEvery)))).ToList();
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await store.Appender.AppendAsync(transaction, drafts, access: false, CancellationToken.None);
        await transaction.CommitAsync();
    }

    private static IReadOnlyList<Draft> Acted(Random random, DateTimeOffset at)
    {
        var user = string.Create(CultureInfo.InvariantCulture, $"staff-{(int)(Staff * Math.Pow(random.NextDouble(), 2)):d3}");
        var read = new StaffRead { User = user, Role = "analyst", Resource = "/api/v1/query", Query = "{\"site\":\"healthy.kaiserpermanente.org\"}", Correlation = "trace" };
        return random.Next(1000) switch
        {
            < 80 => [new StaffSignOn { User = user, Step = StaffSignOnStep.SignedOn }.DraftAt(at)],
            < 85 => [new StaffSignOn { User = user, Step = StaffSignOnStep.Failed }.DraftAt(at)],
            < 90 => (read with { Role = "security", Resource = "/api/v1/audit/export" }).DraftsAt(at),
            < 120 => (read with { Role = "security", Resource = "/api/v1/audit/members/{handle}/access", Subject = Member(random.Next(Members)), ShowsRecord = true }).DraftsAt(at),
            _ => read.DraftsAt(at),
        };
    }

    // By the clock of their time, through the doors that staff use.
    private async Task AddCasesAsync()
    {
        var clock = new Clock();
        var (book, requests) = (new GrantBook(store, clock, TimeSpan.FromMinutes(1)), new SubjectRequests(store, clock));
        var cases = Math.Max(2 * OpenCases, entries / CaseEvery);
        for (var i = 0; i < cases; i++)
        {
            clock.Time = i < cases - OpenCases ? OfYear((double)i / cases) : Now.AddMinutes(-(cases - i));
            await AddGrantAsync(book, i, clock, isOpen: i >= cases - OpenCases);
            // Half of the open ones are overdue.
            clock.Time = i < cases - OpenCases ? clock.Time : Now.AddDays(i % 2 == 0 ? -40 : -4);
            await AddRequestAsync(requests, i, isOpen: i >= cases - OpenCases);
        }
    }

    private static async Task AddGrantAsync(GrantBook book, int number, Clock clock, bool isOpen)
    {
        var (asker, giver) = (new Act($"security-{number % 7}", "security", "api", "trace"), new Act($"privacy-{number % 5}", "privacy", "api", "trace"));
        var scope = new GrantScope(Member(number), null, clock.Time.AddDays(-2), clock.Time);
        var grant = (await book.AskAsync(new AskGrant(number % 20 == 0 ? AskGrant.BreakGlass : "security-investigation", $"C-{number}", scope), asker, CancellationToken.None)).Grant!;
        if (!grant.IsBreakGlass)
            await book.GiveAsync(grant.Id, giver, CancellationToken.None);
        await book.UseAsync(grant.Id, asker, new StaffRead { User = asker.User, Role = asker.Role, Resource = "/api/v1/audit/grants/{id}/lines", Correlation = "trace" }, new Dictionary<string, int> { [Member(number)] = 12 }, CancellationToken.None);
        if (isOpen)
            return;
        if (grant.IsBreakGlass)
            await book.ReviewAsync(grant.Id, new ReviewAccess(ReviewAccess.Verdicts[0], "as it should be"), giver, CancellationToken.None);
        else
            await book.EndAsync(grant.Id, giver, CancellationToken.None);
    }

    private static async Task AddRequestAsync(SubjectRequests requests, int number, bool isOpen)
    {
        var acting = new Acting("privacy-1", "api", "trace");
        var filed = await requests.FileAsync(new RequestFiling(RequestKinds.All[number % RequestKinds.All.Count], KnownBy.Member, Member(number), "letter", null), acting, CancellationToken.None);
        await requests.VerifyAsync(filed.Id, "two letters compared", succeeded: true, acting, CancellationToken.None);
        if (!isOpen)
            await requests.RefuseAsync(filed.Id, "withdrawn", acting, CancellationToken.None);
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Time { get; set; }

        public override DateTimeOffset GetUtcNow() => Time;
    }
}
