using System.Collections.Frozen;

namespace KpTelemetry.Schemas.Policies;

/// <summary>A value for every key of <see cref="PolicyKeys"/>.</summary>
public sealed class PolicyValues
{
    // One of them is an hour longer where clocks are put back.
    private const int TwoDaysMinutes = 49 * 60;

    private readonly FrozenDictionary<PolicyKey, int> _values;

    /// <summary>Throws where a key has no value.</summary>
    public PolicyValues(IReadOnlyDictionary<PolicyKey, int> values) => _values = PolicyKeys.All.ToFrozenDictionary(key => key, key => values[key]);

    /// <summary>The value of a key; of one with words the word's number.</summary>
    public int this[PolicyKey key] => _values[key];

    /// <summary>Per key the stricter of both values; this one's where neither is.</summary>
    public PolicyValues StricterOf(PolicyValues other) => new(PolicyKeys.All.ToDictionary(key => key, key => key.IsStricter(other[key], this[key]) ? other[key] : this[key]));

    /// <summary>What is wrong with the values as a whole, in words; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        // A restart reads from the day before the oldest day whose state lives (docs/COUNTING.md, Replays): its events must be there.
        if (this[PolicyKeys.RawDays] * 24 * 60 < TwoDaysMinutes + (this[PolicyKeys.StateHours] * 60) + this[PolicyKeys.LatenessMinutes])
            yield return "values.rawDays must cover two days, stateHours and latenessMinutes: a restart reads sealed events of days whose state lives, and of the day before";
    }
}
