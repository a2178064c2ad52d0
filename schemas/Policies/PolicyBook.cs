using System.Collections.Immutable;

namespace KpTelemetry.Schemas.Policies;

/// <summary>
/// The revisions that are published, the built-in one first, in the order in which they take effect. Immutable; a later
/// book of the same stack has the same revisions and more.
/// </summary>
public sealed class PolicyBook
{
    private const string BuiltInDocument = "policies/20170913.json";

    private readonly ImmutableArray<PolicyRevision> _revisions;

    private PolicyBook(ImmutableArray<PolicyRevision> revisions) => _revisions = revisions;

    /// <summary>The revision of the statement that this system was built to (2017-09-13).</summary>
    public static PolicyRevision BuiltIn { get; } = ReadBuiltIn();

    /// <summary>The book in which nothing else is published.</summary>
    public static PolicyBook OfBuiltIn { get; } = new([BuiltIn]);

    /// <summary>In the order in which they take effect.</summary>
    public IReadOnlyList<PolicyRevision> Revisions => _revisions;

    /// <summary>The book with these published documents. Throws <see cref="InvalidDataException"/> where one is no revision: a store that was altered.</summary>
    public static PolicyBook Of(IEnumerable<string> documents) =>
        new([.. documents.Select(document => Published(document, BuiltIn.Values)).Prepend(BuiltIn).OrderBy(revision => revision.EffectiveFrom)]);

    /// <summary>The revision of that name; null where none is published.</summary>
    public PolicyRevision? Find(string name) => _revisions.FirstOrDefault(revision => revision.Name == name);

    /// <summary>This book, where it has a revision of that name; else null.</summary>
    public PolicyBook? With(string name) => Find(name) is null ? null : this;

    /// <summary>The revision in force at a moment. The built-in one governs what was before it, too.</summary>
    public PolicyRevision InForce(DateTimeOffset at)
    {
        var last = _revisions.Length - 1;
        while (last > 0 && _revisions[last].EffectiveAt > at)
            last--;
        return _revisions[last];
    }

    /// <summary>Revisions that take effect after a moment.</summary>
    public IEnumerable<PolicyRevision> Coming(DateTimeOffset at) => _revisions.Where(revision => revision.EffectiveAt > at && revision != BuiltIn);

    /// <summary>
    /// What holds at <paramref name="at"/> for what was received at <paramref name="received"/>: per key the strictest value
    /// of all revisions that were in force between. So a stricter revision reaches back from its effective date on, and
    /// a laxer one never does.
    /// </summary>
    public PolicyValues Holding(DateTimeOffset received, DateTimeOffset at)
    {
        var held = InForce(received);
        return _revisions.Where(revision => revision.EffectiveAt > held.EffectiveAt && revision.EffectiveAt <= at)
            .Aggregate(held.Values, (values, revision) => values.StricterOf(revision.Values));
    }

    /// <summary>Why a revision cannot be published now, in words; empty when it can.</summary>
    public IEnumerable<string> Refusals(PolicyRevision next, DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        if (Find(next.Name) is not null)
        {
            yield return $"a revision {next.Name} is published already, and a revision never changes";
            yield break;
        }

        var days = Holding(now, new DateTimeOffset(next.NoticeFrom, TimeOnly.MinValue, TimeSpan.Zero))[PolicyKeys.NoticeDays];
        if (next.EffectiveAt <= now)
            yield return "effectiveFrom lies in the past: a revision takes effect after notice of it";
        else if (next.NoticeFrom < today)
            yield return $"noticeFrom lies before today ({today:yyyy-MM-dd}): nobody could have read it";
        else if (next.EffectiveFrom.DayNumber - next.NoticeFrom.DayNumber < days)
            yield return $"the notice is too short: with notice from {next.NoticeFrom:yyyy-MM-dd} it may take effect on {next.NoticeFrom.AddDays(days):yyyy-MM-dd} ({days} days) or later";
        if (next.EffectiveFrom <= _revisions[^1].EffectiveFrom && next.EffectiveAt > now)
            yield return $"it must take effect after {_revisions[^1].Name}, the last one that is published";
    }

    // What was published before a key was there says what the built-in revision says of it.
    private static PolicyRevision Published(string document, PolicyValues? unsaid) =>
        PolicyDocument.Read(document, out var problems, unsaid) ?? throw new InvalidDataException($"a published policy cannot be read: {string.Join("; ", problems)}");

    private static PolicyRevision ReadBuiltIn()
    {
        using var reader = new StreamReader(SchemasAssembly.Instance.GetManifestResourceStream(BuiltInDocument)!);
        return Published(reader.ReadToEnd(), unsaid: null);
    }
}
