using System.Globalization;

namespace KpTelemetry.Cli.Rejected;

/// <summary>What a replay came to.</summary>
/// <param name="DryRun">Whether nothing was sent.</param>
/// <param name="Usable">Lines that can be used now; sent, but for a dry run.</param>
/// <param name="Counted">Of those, the ones that count.</param>
/// <param name="Duplicates">Of those, the ones that had been sent before.</param>
/// <param name="Dropped">Of those, the ones that policy drops by now.</param>
/// <param name="Rejected">Lines that still cannot be used, by reason. They wait on.</param>
/// <param name="Gone">Lines that can no longer be replayed: their key has ended, or not all of them was kept.</param>
internal sealed record ReplayResult(bool DryRun, long Usable, long Counted, long Duplicates, long Dropped, IReadOnlyDictionary<string, long> Rejected, long Gone)
{
    /// <summary>The same for someone who reads.</summary>
    public string InWords
    {
        get
        {
            var sent = DryRun ? $"{Lines(Usable)} could be used now" : $"{Lines(Usable)} sent again: {Number(Counted)} counted" + (Duplicates > 0 ? $", {Number(Duplicates)} known already" : "") + (Dropped > 0 ? $", {Number(Dropped)} dropped by policy" : "");
            var still = Rejected.Count == 0 ? "" : $"; still rejected: {string.Join(", ", Rejected.Select(entry => $"{Number(entry.Value)} {entry.Key}"))}";
            return sent + still + (Gone > 0 ? $"; {Lines(Gone)} can no longer be replayed" : "");
        }
    }

    private static string Lines(long lines) => lines == 1 ? "1 line" : $"{Number(lines)} lines";

    private static string Number(long number) => number.ToString("n0", CultureInfo.InvariantCulture);
}
