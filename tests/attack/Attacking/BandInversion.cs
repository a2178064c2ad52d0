using KpTelemetry.Attack.Tests.Rule;
using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>What a band and the published figures beside it leave for what is withheld.</summary>
internal static class BandInversion
{
    private const int Most = 400;
    private const int MostOfOne = 5_000;

    /// <summary>The values of a withheld figure that fit the band, up to a bound; of the site of page views and visitors.</summary>
    public static IReadOnlySet<long> Leaves(BandTold told, Figure figure)
    {
        var fitting = new HashSet<long>();
        for (var views = 0L; views <= (told.Table == Table.Site ? Most : MostOfOne); views++)
        {
            for (var visitors = 0L; visitors <= (told.Table == Table.Site ? Most : 0); visitors++)
            {
                if (told.CodeOf(views, visitors) == told.Code)
                    fitting.Add(figure == Figure.Visitors ? visitors : views);
            }
        }

        return fitting;
    }

    /// <summary>Between which numbers the withheld figure of a tree or pair lies.</summary>
    public static (double Least, double Most) Range(BandTold told)
    {
        var leaves = Leaves(told, Figure.By(told.Table));
        return (leaves.Min(), leaves.Max() is var most && most < MostOfOne ? most : double.PositiveInfinity);
    }
}
