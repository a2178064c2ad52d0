namespace KpTelemetry.Schemas.Policies;

/// <summary>What a revision changes about one key, compared with the one before it.</summary>
/// <param name="From">The value before, as a document has it.</param>
/// <param name="To">The value after.</param>
/// <param name="Direction"><c>stricter</c>, <c>laxer</c> or <c>other</c>.</param>
/// <param name="OnStored">What that does to what was received before it takes effect, in words.</param>
public sealed record PolicyChange(string Key, string Meaning, string From, string To, string Direction, string OnStored)
{
    private const string FromThenOn = "nothing: it holds for what is received from then on";
    private const string NeverBackwards = "nothing: what was received before keeps the stricter value";

    /// <summary>The changes from one revision's values to another's, in the order of the keys.</summary>
    public static IReadOnlyList<PolicyChange> Between(PolicyValues before, PolicyValues after) =>
        [.. PolicyKeys.All.Where(key => before[key] != after[key]).Select(key => Of(key, before[key], after[key]))];

    private static PolicyChange Of(PolicyKey key, int before, int after)
    {
        var isStricter = key.IsStricter(after, before);
        var direction = isStricter ? "stricter" : key.IsStricter(before, after) ? "laxer" : "other";
        var onStored = key.OnStored is null ? FromThenOn : isStricter ? key.OnStored : NeverBackwards;
        return new PolicyChange(key.Name, key.Meaning, key.Show(before), key.Show(after), direction, onStored);
    }
}
