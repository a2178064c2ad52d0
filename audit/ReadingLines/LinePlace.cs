using System.Globalization;

namespace KpTelemetry.Audit.ReadingLines;

/// <summary>Where a line lies in the log: partition, offset of its group, number in the group. Says nothing of the line.</summary>
public readonly record struct LinePlace(int Partition, long Offset, int Row)
{
    /// <summary>Before every line.</summary>
    public static LinePlace Start { get; } = new(0, 0, -1);

    /// <summary>As a cursor shows it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Partition}.{Offset}.{Row}");

    /// <summary>Reads a cursor; an empty one is <see cref="Start"/>, null what is none.</summary>
    public static LinePlace? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return Start;
        return text.Split('.') is [var partition, var offset, var row]
            && int.TryParse(partition, NumberStyles.None, CultureInfo.InvariantCulture, out var p)
            && long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var o)
            && int.TryParse(row, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var r)
            ? new LinePlace(p, o, r)
            : null;
    }

    /// <summary>Whether a line comes after this one.</summary>
    public bool IsBefore(LinePlace other) => (Partition, Offset, Row).CompareTo((other.Partition, other.Offset, other.Row)) < 0;
}
