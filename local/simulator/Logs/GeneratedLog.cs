using KpTelemetry.Local.Simulator.Sites;
using KpTelemetry.Local.Simulator.Traffic;

namespace KpTelemetry.Local.Simulator.Logs;

/// <summary>A web server's log, made up: the same description gives the same bytes.</summary>
/// <param name="Site">The site whose log it is; its name in the product.</param>
/// <param name="Lines">How many lines, at least 1.</param>
/// <param name="Start">The first moment in it, cut to the whole hour.</param>
/// <param name="Days">How many days it spans, 1 to 3,650.</param>
/// <param name="Seed">What all chance comes from.</param>
public sealed record GeneratedLog(string Site, long Lines, DateTimeOffset Start, int Days, ulong Seed)
{
    private const int Buffered = 1 << 20;

    /// <summary>Writes the log. Memory does not grow with the number of lines.</summary>
    /// <param name="to">Where to; stays open.</param>
    /// <param name="written">Told the number of lines written so far, about every megabyte.</param>
    /// <param name="cancellation">Ends the writing between two lines.</param>
    /// <exception cref="IOException">The target takes no more.</exception>
    public async Task WriteAsync(Stream to, IProgress<long>? written = null, CancellationToken cancellation = default)
    {
        var hour = Start.ToUnixTimeSeconds() / 3600;
        var fleet = new Fleet(Sites.Site.Named(Site), Seed, hour * 3600, Days * 24, Lines);
        var line = new CombinedLine();
        var buffer = new byte[Buffered];
        var (length, lines) = (0, 0L);
        while (fleet.Next() is { } hit)
        {
            length += line.Write(hit, buffer.AsSpan(length));
            lines++;
            if (length <= Buffered - CombinedLine.Longest)
                continue;
            await to.WriteAsync(buffer.AsMemory(0, length), cancellation);
            written?.Report(lines);
            length = 0;
        }

        await to.WriteAsync(buffer.AsMemory(0, length), cancellation);
        written?.Report(lines);
    }
}
