using KpTelemetry.Local.Simulator.People;
using KpTelemetry.Local.Simulator.Traffic;

namespace KpTelemetry.Local.Simulator.Logs;

/// <summary>A web server's log, made up: the same description gives the same bytes.</summary>
/// <param name="Site">The site whose log it is; its name in the product.</param>
/// <param name="Lines">How many lines, at least 1.</param>
/// <param name="Start">The first moment in it, cut to the whole hour.</param>
/// <param name="End">The first moment after it, at least an hour later; cut to the whole hour.</param>
/// <param name="Seed">What all chance comes from.</param>
/// <param name="Chapter">Which log of a sequence it is, from 0: later ones have other requests and the same people, who return.</param>
public sealed record GeneratedLog(string Site, long Lines, DateTimeOffset Start, DateTimeOffset End, ulong Seed, int Chapter = 0)
{
    private const int Buffered = 1 << 20;

    /// <summary>Writes the log. Memory does not grow with the number of lines.</summary>
    /// <param name="target">Where to; stays open.</param>
    /// <param name="written">Told the number of lines written so far, about every megabyte.</param>
    /// <param name="cancellation">Ends the writing between two lines.</param>
    /// <exception cref="IOException">The target takes no more.</exception>
    public async Task WriteAsync(Stream target, IProgress<long>? written = null, CancellationToken cancellation = default)
    {
        var (from, to) = (Hour(Start), Hour(End));
        var fleet = new Fleet(new Visits(Sites.Site.Named(Site), Seed, Chapter), new Timeline(from * 3600, (int)(to - from)), Lines);
        var line = new CombinedLine();
        var buffer = new byte[Buffered];
        var (length, lines) = (0, 0L);
        while (fleet.Next() is { } hit)
        {
            length += line.Write(hit, buffer.AsSpan(length));
            lines++;
            if (length <= Buffered - CombinedLine.Longest)
                continue;
            await target.WriteAsync(buffer.AsMemory(0, length), cancellation);
            written?.Report(lines);
            length = 0;
        }

        await target.WriteAsync(buffer.AsMemory(0, length), cancellation);
        written?.Report(lines);
    }

    private static long Hour(DateTimeOffset moment) => moment.ToUnixTimeSeconds() / 3600;
}
