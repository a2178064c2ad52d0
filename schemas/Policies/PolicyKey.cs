namespace KpTelemetry.Schemas.Policies;

/// <summary>In which direction a value of the policy protects people more.</summary>
public enum Stricter
{
    /// <summary>A smaller number is stricter.</summary>
    Less,
    /// <summary>A larger number is stricter.</summary>
    More,
    /// <summary>Neither: the value says how figures are defined.</summary>
    Neither,
}

/// <summary>One thing that a policy says. The keys are a closed list: <see cref="PolicyKeys"/>.</summary>
/// <param name="Name">The key in a document.</param>
/// <param name="Least">Smallest value allowed.</param>
/// <param name="Most">Largest value allowed.</param>
/// <param name="Stricter">Which way is stricter.</param>
/// <param name="Meaning">What the value says, in words.</param>
/// <param name="OnStored">What a stricter value does, from its effective date on, to what was received before. Null: nothing, it holds for what is received from then on.</param>
/// <param name="Words">The words that stand for 0, 1, …; null for a number.</param>
public sealed record PolicyKey(string Name, int Least, int Most, Stricter Stricter, string Meaning, string? OnStored = null, IReadOnlyList<string>? Words = null)
{
    /// <summary>A value of this key as a document has it.</summary>
    public string Show(int value) => Words is null ? value.ToString(System.Globalization.CultureInfo.InvariantCulture) : Words[value];

    /// <summary>Whether <paramref name="value"/> is stricter than <paramref name="other"/>.</summary>
    public bool IsStricter(int value, int other) => Stricter switch
    {
        Stricter.Less => value < other,
        Stricter.More => value > other,
        _ => false,
    };
}
