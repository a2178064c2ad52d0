using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Processors.Rebuilding;

/// <summary>A rebuild that was asked for.</summary>
/// <param name="Id">Also the topic that its blocks are of.</param>
/// <param name="From">The log day that it begins with; null for all that the log has.</param>
/// <param name="Plan">Null until it is first taken up.</param>
internal sealed record Rebuild(Guid Id, int Generation, DateOnly? From, RebuildPlan? Plan);

/// <summary>What is decided when a rebuild is first taken up, and holds for whoever goes on with it.</summary>
/// <param name="ThroughSeq">It is compared with done blocks up to this one.</param>
/// <param name="LogDay">Under which its rows lie.</param>
internal sealed record RebuildPlan(int FoldVersion, long ThroughSeq, DateOnly LogDay, IReadOnlyList<Span> Spans)
{
    /// <summary>Whether it begins where the books do.</summary>
    public bool IsWhole => Spans.All(span => span.From == 0);
}

/// <summary>Offsets of a partition, the last excluded.</summary>
internal readonly record struct Span(int Partition, long From, long To);

/// <summary>What was counted of a site's day by the rebuild's moment.</summary>
/// <param name="Attempts">The done blocks' attempts.</param>
/// <param name="LogDays">The days under whose keys their labels are sealed.</param>
/// <param name="IsPart">Something of it, or of the day before, lies outside the span.</param>
internal sealed record CountedDay(string Site, DateOnly Day, IReadOnlySet<long> Attempts, IReadOnlyList<DateOnly> LogDays, bool IsPart);

/// <summary>What a rebuild found of a table of a site's day, and the block that adds it.</summary>
internal sealed record Finding(string Site, DateOnly Day, Table Table, string Outcome, long? Block = null);

/// <summary>A rebuild cannot go on, whoever takes it up.</summary>
/// <param name="problem">Why, in words.</param>
internal sealed class RebuildFailedException(string problem) : Exception(problem);
