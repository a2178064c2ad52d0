using KpTelemetry.Attack.Tests.Rule;

namespace KpTelemetry.Attack.Tests.Attacking;

/// <summary>What a band and the published figures beside it leave for what is withheld.</summary>
internal static class BandInversion
{
    private const int Most = 400;

    /// <summary>The values of a withheld figure that fit the band, of page views and visitors up to <see cref="Most"/>.</summary>
    public static IReadOnlySet<long> Leaves(BandTold told, Figure figure)
    {
        var fitting = new HashSet<long>();
        for (var views = 0L; views <= Most; views++)
        {
            for (var visitors = 0L; visitors <= Most; visitors++)
            {
                if (told.CodeOf(views, visitors) == told.Code)
                    fitting.Add(figure == Figure.Views ? views : visitors);
            }
        }

        return fitting;
    }
}
