using CsCheck;
using KpTelemetry.Audit.AskingGrant;
using KpTelemetry.Audit.DecidingGrant;
using KpTelemetry.Audit.EndingGrant;
using KpTelemetry.Audit.Grants;
using KpTelemetry.Audit.ReviewingAccess;
using KpTelemetry.Audit.UsingGrant;
using Xunit;

namespace KpTelemetry.Audit.Tests.Grants;

/// <summary>Whatever is commanded in whatever order: no line is read without a grant that another person has given, that lives and is not used up.</summary>
public sealed class GrantModelTests
{
    private static readonly string[] People = ["ann", "bob", "pam", "pia", "mia"];
    private static readonly DateTimeOffset Start = new(2026, 3, 14, 9, 0, 0, TimeSpan.Zero);

    private sealed record Step(int What, string Who, int Number);

    private sealed record Story(bool BreaksGlass, string Asker, string? Member, int Lines, int Hours, Step[] Steps)
    {
        public override string ToString() => $"{(BreaksGlass ? "break-glass " : "")}{Asker} about {Member}, {Lines} lines, {Hours} hours: {string.Join(", ", Steps.Select(step => $"{step.What}/{step.Who}/{step.Number}"))}";
    }

    private static readonly Gen<Story> Stories =
        from breaks in Gen.Bool
        from asker in Gen.Int[0, People.Length - 1].Select(i => People[i])
        from member in Gen.Int[-1, People.Length - 1].Select(i => i < 0 ? null : People[i])
        from lines in Gen.Int[1, 40]
        from hours in Gen.Int[1, 30]
        from steps in Gen.Select(Gen.Int[0, 6], Gen.Int[0, People.Length - 1].Select(i => People[i]), Gen.Int[0, 25], (what, who, number) => new Step(what, who, number)).Array[1, 30]
        select new Story(breaks, asker, member, lines, hours, steps);

    [Fact]
    public void Lines_AreReadUnderALivingGrantOfAnotherPersonOnly() => Stories.Sample(story => Assert.Null(Violation(story)), iter: 20_000);

    [Fact]
    public void Stories_ReachEveryKindOfEvent()
    {
        var seen = new HashSet<Type>();
        Stories.Sample(story =>
        {
            lock (seen)
                seen.UnionWith(Play(story).Select(told => told.Told.Event.GetType()));
        }, iter: 5000);
        Assert.Superset(
            new HashSet<Type> { typeof(GrantAsked), typeof(GrantGiven), typeof(GrantRefused), typeof(GrantUsed), typeof(GrantEnded), typeof(BreakGlassUsed), typeof(AccessReviewed) }, seen);
    }

    [Fact]
    public void BreakGlass_StaysOpenUntilAnotherPersonReviewsIt() => Stories.Where(story => story.BreaksGlass && story.Asker != story.Member).Sample(story =>
    {
        var history = Play(story);
        var grant = Fold(history)!;
        var reviewed = history.Where(told => told.Told.Event is AccessReviewed).ToList();
        Assert.Equal(reviewed.Count == 0, grant.AwaitsReview);
        Assert.True(grant.IsOpen || reviewed.Count == 1);
        Assert.All(reviewed, told => Assert.NotEqual(story.Asker, told.Told.Actor));
    }, iter: 5000);

    // Told by the history alone, not by the state that the code under test makes of it.
    private static string? Violation(Story story)
    {
        var before = new List<Said>();
        foreach (var said in Play(story))
        {
            if (said.Told.Event is GrantUsed used && WhyNot(story, before, said, used) is { } why)
                return why;
            before.Add(said);
        }

        return null;
    }

    private static string? WhyNot(Story story, List<Said> before, Said said, GrantUsed used)
    {
        var given = before.FirstOrDefault(told => told.Told.Event is GrantGiven or BreakGlassUsed);
        if (given is null)
            return "read without a grant";
        if (given.Told.Event is GrantGiven && (given.Told.Actor == story.Asker || given.Told.Actor == story.Member))
            return "given by who asked, or whom it is about";
        if (given.Told.Event is BreakGlassUsed && story.Asker == story.Member)
            return "broken for one's own record";
        if (said.Told.Actor != story.Asker)
            return "read by another";
        if (said.At >= given.At.AddHours(story.Hours))
            return "read after its time";
        if (before.Exists(told => told.Told.Event is GrantEnded or GrantRefused or AccessReviewed))
            return "read after its end";
        return before.Select(told => told.Told.Event).OfType<GrantUsed>().Sum(told => told.Lines) + used.Lines > story.Lines ? "read more lines than it is for" : null;
    }

    private sealed record Said(Told Told, DateTimeOffset At);

    private static List<Said> Play(Story story)
    {
        var now = Start;
        var history = new List<Said>();
        var asked = new AskGrant(story.BreaksGlass ? AskGrant.BreakGlass : "legal", "C-1", new GrantScope(story.Member, "kp.org", Start.AddDays(-1), Start), story.Lines, story.Hours);
        Add(asked.Decide(By(story.Asker), now), story.Asker);
        foreach (var step in story.Steps)
        {
            if (step.What == 0)
                now = now.AddHours(step.Number);
            else if (Fold(history) is { } grant)
                Add(Decide(step, grant, now), step.What == 6 ? null : step.Who);
        }

        return history;

        void Add(Decision decision, string? actor) => history.AddRange(decision.Events.Select(told => new Said(new Told(told, actor, story.Member), now)));

        Decision Decide(Step step, Grant grant, DateTimeOffset at) => step.What switch
        {
            1 => DecideGrant.Give(grant, By(step.Who), at),
            2 when step.Number > 20 => DecideGrant.Refuse(grant, By(step.Who), at, why: null),
            3 when step.Number > 15 => EndGrant.ByHand(grant, By(step.Who), at),
            4 or 3 or 2 => UseGrant.Decide(grant, By(step.Who), at, step.Number),
            5 => new ReviewAccess("justified", null).Decide(grant, By(step.Who), at),
            _ => EndGrant.WhenDue(grant, at),
        };
    }

    private static Grant? Fold(IEnumerable<Said> history) => Grant.Of("id", history.Select(said => said.Told));

    private static Act By(string who) => new(who, who[0] == 'p' ? "privacy" : "security", "api", "trace");
}
