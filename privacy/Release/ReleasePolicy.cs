namespace KpTelemetry.Privacy.Release;

/// <summary>The numbers of the release rule. A larger number is stricter.</summary>
/// <param name="K">Smallest number of vouching visitors that a published figure, or a change of one, may concern. Default 11.</param>
public sealed record ReleasePolicy(int K = 11)
{
    /// <summary>The policy in force.</summary>
    public static ReleasePolicy InForce { get; } = new();
}
