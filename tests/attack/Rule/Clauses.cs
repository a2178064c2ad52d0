using KpTelemetry.Privacy;
using KpTelemetry.Privacy.Release;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Rule;

/// <summary>The rule as it is, or with one clause taken out.</summary>
public sealed record Clauses(string Name)
{
    public ReleasePolicy Policy { get; init; } = ReleasePolicy.InForce;
    /// <summary>The numbers for steps.</summary>
    public ReleasePolicy StepPolicy { get; init; } = ReleasePolicy.InForce;
    /// <summary>The newest step waits for the next, so that the close has something to go with what is left.</summary>
    public bool HoldsBack { get; init; } = true;
    /// <summary>What the rule is told of a cell instead of the truth.</summary>
    public Func<Counters, Counters> Distort { get; init; } = counters => counters;
    /// <summary>Hours are told in runs that suffice.</summary>
    public bool RunsOfHours { get; init; } = true;
    /// <summary>What comes late waits until it suffices.</summary>
    public bool LateSuffices { get; init; } = true;
    /// <summary>A tree moves only together with the site's total.</summary>
    public bool TreesMoveWithSite { get; init; } = true;
    /// <summary>Technical counts move with steps, not with every block.</summary>
    public bool TechnicalMovesInSteps { get; init; } = true;
    /// <summary>What is done with cells that are too few to be named.</summary>
    public RestRule Rest { get; init; } = RestRule.AsItIs;
    /// <summary>What is withheld is told as a band, not as a figure.</summary>
    public bool TellsBands { get; init; } = true;
    /// <summary>The band of an open day is that of the step held back, not of all that has come.</summary>
    public bool BandsTurnWithSteps { get; init; } = true;
    /// <summary>A withheld figure below k has the band of k.</summary>
    public bool BandsHaveAFloor { get; init; } = true;
    /// <summary>So it is taken from what the total has besides.</summary>
    public bool BandsHaveAFloorOnBothSides { get; init; } = true;
    /// <summary>Trees tell no bytes.</summary>
    public bool TreesTellNoBytes { get; init; } = true;
    /// <summary>A label in which a detector finds an identifier is not named.</summary>
    public bool WithholdsIdentifiers { get; init; } = true;
    /// <summary>Entry and exit pages tell their visits in tens.</summary>
    public bool EntriesAreInTens { get; init; } = true;
    /// <summary>What is told in tens always has a rest.</summary>
    public bool TensHaveARest { get; init; } = true;
    /// <summary>The unnamed cells of a pair's row or column are of enough people together.</summary>
    public bool LinesLeaveEnough { get; init; } = true;
    /// <summary>A cell of a pair is told only where the trees name both of its labels.</summary>
    public bool PairsAskTheirTrees { get; init; } = true;
    /// <summary>Pairs are told once, at the close, and not again with what is late.</summary>
    public bool PairsOnlyAtTheClose { get; init; } = true;
    /// <summary>Visitors of a label are told only where enough others are left.</summary>
    public bool KeepsComplements { get; init; } = true;

    /// <summary>Visits of no campaign are drawn into the rest after those of campaigns.</summary>
    public bool NoCampaignGoesLast { get; init; } = true;
    /// <summary>Those of campaigns are drawn into the rest of sources after the others.</summary>
    public bool CampaignsGoLast { get; init; } = true;
    /// <summary>Visits of new visitors are drawn into the rest of cohorts after the others.</summary>
    public bool NewGoesLast { get; init; } = true;
    /// <summary>Every visit has a campaign and a cohort, if only that there is none.</summary>
    public bool EveryVisitHasALabel { get; init; } = true;
    /// <summary>Views that another followed are told in tens.</summary>
    public bool StaysAreInTens { get; init; } = true;
    /// <summary>Time on a page is told only where enough visits ended there.</summary>
    public bool StaysAskForExits { get; init; } = true;

    /// <summary>Bounces of an entry page are told only where enough visits that ended there were bounces, and were not.</summary>
    public bool EntriesAskTheirExits { get; init; } = true;
    /// <summary>A rest tells how many its visits are, and nothing further.</summary>
    public bool RestsTellNothingFurther { get; init; } = true;
    /// <summary>Further figures of a tree are told once, of the same blocks as what they could be subtracted from.</summary>
    public bool FurtherIsToldOnce { get; init; } = true;

    /// <summary>Bounces are told only where both sides are enough people.</summary>
    public bool RatiosHaveBothSides { get; init; } = true;

    /// <summary>What was counted until visitors were forgotten is not told together with what comes after.</summary>
    public bool ForgetsWithTheState { get; init; } = true;
    /// <summary>What the rule is told of a day that waits for its week, instead of the truth.</summary>
    public Func<Counters, Counters> DistortWaiting { get; init; } = counters => counters;
    /// <summary>Joins are of days of which nothing is told.</summary>
    public bool JoinsOnlyUntold { get; init; } = true;
    /// <summary>A day that joined is never told by itself.</summary>
    public bool JoinedStaysUntold { get; init; } = true;
    /// <summary>A range has all days of a join or none.</summary>
    public bool JoinsAreWhole { get; init; } = true;

    /// <summary>Whether a table has a label at all.</summary>
    public bool Counts(Table table, string label) => EveryVisitHasALabel || (label != Labels.None && (table != Table.Cohort || label != Labels.Unknown));

    public override string ToString() => Name;
}

/// <summary>What becomes of the cells that are too small to be named.</summary>
public enum RestRule
{
    /// <summary>They are told together, with named cells drawn in until they are enough people.</summary>
    AsItIs,
    /// <summary>They are told together, however few they are.</summary>
    OfAnySize,
    /// <summary>They are left out, and no named cell is drawn in.</summary>
    LeftOut,
}
