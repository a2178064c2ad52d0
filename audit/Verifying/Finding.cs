namespace KpTelemetry.Audit.Verifying;

/// <summary>The first thing that is wrong with a record.</summary>
/// <param name="Index">The entry concerned, or the first of those that may be; null where none is.</param>
/// <param name="Place">Where, in words: an entry, entries from one to another, a checkpoint, the head.</param>
/// <param name="What">What is wrong there, one line, nothing of a person in it.</param>
public sealed record Finding(long? Index, string Place, string What)
{
    internal static Finding Entry(long index, string what) => new(index, FormattableString.Invariant($"entry {index}"), what);

    internal static Finding Entries(long from, long to, string what) =>
        to - from == 1 ? Entry(from, what) : new(from, FormattableString.Invariant($"entries {from} to {to - 1}"), what);

    internal static Finding Checkpoint(long size, string where, string what) => new(null, FormattableString.Invariant($"checkpoint of {size} entries in {where}"), what);
}

/// <summary>What was verified.</summary>
/// <param name="From">The first entry that was looked at: those before it were verified earlier.</param>
/// <param name="Entries">Entries of the record.</param>
/// <param name="Checkpoints">Checkpoints that were held against it.</param>
/// <param name="Proven">The size of the last of them: what comes after it is proven only to who holds the keys.</param>
/// <param name="Finding">What is wrong first; null where nothing is.</param>
public sealed record Verification(long From, long Entries, long Checkpoints, long Proven, Finding? Finding);
