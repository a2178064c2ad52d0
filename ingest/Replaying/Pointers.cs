using System.Globalization;
using KpTelemetry.Schemas;

namespace KpTelemetry.Ingest.Replaying;

/// <summary>Where a rejected row lies in the topic.</summary>
internal readonly record struct Place(int Partition, long Offset, int Row)
{
    /// <summary>Before every row.</summary>
    public static Place Start { get; } = new(-1, -1, -1);

    /// <summary>As a cursor shows it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Partition}-{Offset}-{Row}");

    /// <summary>Reads a cursor; an empty one is <see cref="Start"/>, null what is none.</summary>
    public static Place? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return Start;
        return text.Split('-') is [var partition, var offset, var row]
            && int.TryParse(partition, NumberStyles.None, CultureInfo.InvariantCulture, out var p)
            && long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var o)
            && int.TryParse(row, NumberStyles.None, CultureInfo.InvariantCulture, out var r)
            ? new Place(p, o, r)
            : null;
    }
}

/// <summary>A rejected row.</summary>
/// <param name="Site">Empty where it was not known.</param>
/// <param name="Sent">Where it stands among the lines of its replay and where it went; null while it waits.</param>
internal sealed record Pointer(Place Place, string Site, Reason Reason, Sending? Sent = null);

/// <summary>A pointer's part in a replay.</summary>
internal sealed record Sending(long Position, int Target);

/// <summary>What is kept of a rejected row, opened.</summary>
/// <param name="TimeMs">When it was received first.</param>
internal sealed record KeptLine(Pointer Pointer, EventFlags Flags, long TimeMs, byte[] Content);

/// <summary>Which rejected rows are meant.</summary>
/// <param name="Site">Null for every site.</param>
/// <param name="Reason">Null for every reason.</param>
internal sealed record RejectedFilter(string? Site, Reason? Reason);
