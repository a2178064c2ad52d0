using System.Globalization;

namespace KpTelemetry.Processors.Retaining;

/// <summary>What a key of a day is for.</summary>
internal enum KeyPurpose
{
    Sealing,
    Replay,
    State,
    Pending,
}

/// <summary>A key that retention ends: its purpose and its UTC day.</summary>
internal readonly record struct RetainedKey(KeyPurpose Purpose, DateOnly Day)
{
    /// <summary>Its name in the key store.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{FolderOf(Purpose)}/{Day:yyyy-MM-dd}");

    /// <summary>The first moment of its day.</summary>
    public DateTimeOffset DayBegins => new(Day, TimeOnly.MinValue, TimeSpan.Zero);

    /// <summary>The first moment that is no longer of its day.</summary>
    public DateTimeOffset DayEnds => new(Day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero);

    /// <summary>What the names of a purpose begin with.</summary>
    public static string FolderOf(KeyPurpose purpose) => purpose switch
    {
        KeyPurpose.Sealing => "sealing",
        KeyPurpose.Replay => "replay",
        KeyPurpose.State => "state",
        _ => "pending",
    };

    /// <summary>The key of a name; null for one that retention does not end.</summary>
    public static RetainedKey? Of(string name) =>
        name.Split('/') is [var folder, var day] && Enum.GetValues<KeyPurpose>().Where(purpose => FolderOf(purpose) == folder).Cast<KeyPurpose?>().FirstOrDefault() is { } known
        && DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed)
            ? new RetainedKey(known, parsed)
            : null;
}
