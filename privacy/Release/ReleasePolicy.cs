namespace KpTelemetry.Privacy.Release;

/// <summary>The numbers of the release rule (docs/RELEASE.md).</summary>
/// <param name="K">Smallest number of vouching visitors that a published figure, or a change of one, may concern. Default 11; larger is stricter.</param>
/// <param name="Revision">The revision of the privacy policy that says so, by its date.</param>
/// <param name="MostOfCapped">A sum over this many times its capped sum is withheld. Default 2; smaller is stricter.</param>
/// <param name="LeastLabels">Fewest labels that a tree's rest stands for. Default 2; larger is stricter.</param>
/// <param name="SilentBeside">Of cells that could tell a further figure, how many are silent where others have to be. Default 1; larger is stricter.</param>
/// <param name="LeastNamed">Fewest named cells of a row or column of a pair. Default 3; larger is stricter.</param>
/// <param name="Rounding">What figures of pairs and stays are rounded to. Default 10; larger is stricter.</param>
/// <param name="LeastShares">A capped sum of seconds that is less than so many visitors' whole shares is withheld. Default 3; larger is stricter.</param>
/// <param name="MostVisitSeconds">One visitor's whole share of seconds of visits. Default half an hour.</param>
/// <param name="MostStaySeconds">The same, of seconds on a page. Default 5 minutes.</param>
/// <param name="BelowMost">By how many visitors a tree's rest has to be below what its labels can have while none is named. Default 1; larger is stricter.</param>
/// <param name="DrawnAlike">With the smallest named cell those are drawn into the rest that have less than so many visitors more. Default 1: those that are as small; larger is stricter.</param>
public sealed record ReleasePolicy(
    int K = 11, string Revision = "20170913", int MostOfCapped = 2, int LeastLabels = 2, int SilentBeside = 1, int LeastNamed = 3, int Rounding = 10,
    int LeastShares = 3, int MostVisitSeconds = 1800, int MostStaySeconds = 300, int BelowMost = 1, int DrawnAlike = 1)
{
    /// <summary>The policy in force.</summary>
    public static ReleasePolicy InForce { get; } = new();

    /// <summary>The nearest multiple of <see cref="Rounding"/>.</summary>
    internal long Round(long figure) => (figure + (Rounding / 2)) / Rounding * Rounding;
}
