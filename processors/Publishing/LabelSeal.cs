using System.Globalization;
using System.Text;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Processors.Publishing;

/// <summary>
/// Opens labels of pending cells. A label is sealed under its log day's key for its site, day and table, so that none
/// can be moved to another cell. Not thread-safe.
/// </summary>
internal sealed class LabelSeal(KeyStore keys) : IDisposable
{
    private readonly Dictionary<DateOnly, Sealer?> _sealers = [];
    private byte[] _sealed = [];
    private byte[] _content = [];

    /// <summary>What a label is bound to.</summary>
    public static byte[] Bound(string site, DateOnly day, byte table) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{site}|{day:yyyy-MM-dd}|{table}"));

    /// <summary>The label in clear, or null when it does not open: its key has ended, or it is not of this cell.</summary>
    /// <param name="label">In base64, since a client's strings are text.</param>
    public string? Open(DateOnly logDay, string label, ReadOnlySpan<byte> bound)
    {
        if (!_sealers.TryGetValue(logDay, out var sealer))
            _sealers[logDay] = sealer = keys.Find(KeyNames.Pending(logDay)) is { } key ? new Sealer(key) : null;
        if (_sealed.Length < label.Length)
            (_sealed, _content) = (new byte[label.Length], new byte[label.Length]);
        if (sealer is null || !Convert.TryFromBase64String(label, _sealed, out var length) || length < Sealer.Overhead)
            return null;
        var content = _content.AsSpan(0, length - Sealer.Overhead);
        return sealer.TryOpen(_sealed.AsSpan(0, length), bound, content) ? Encoding.UTF8.GetString(content) : null;
    }

    public void Dispose()
    {
        foreach (var sealer in _sealers.Values)
            sealer?.Dispose();
    }
}
