namespace KpTelemetry.Privacy.Release;

/// <summary>The numbers of the release rule. A larger number is stricter.</summary>
/// <param name="K">Smallest number of vouching visitors that a published figure, or a change of one, may concern. Default 11.</param>
/// <param name="Revision">The revision of the privacy policy that says so, by its date.</param>
public sealed record ReleasePolicy(int K = 11, string Revision = "20170913")
{
    /// <summary>The policy in force.</summary>
    public static ReleasePolicy InForce { get; } = new();
}
