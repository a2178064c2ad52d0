using System.Net;
using KpTelemetry.Schemas.Lattice;
using MaxMind.Db;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>The country of an address, by ISO 3166 code, from a MaxMind database file. Thread-safe.</summary>
public sealed class Countries : IDisposable
{
    private const string CodeField = "country_code";
    private readonly Reader _reader;

    internal Countries(string path) => _reader = new Reader(path, FileAccessMode.MemoryMapped);

    /// <summary>The code, or <see cref="Labels.Unknown"/> for private and unlisted addresses and for what is no address.</summary>
    public string Of(IPAddress? address) =>
        address is not null && _reader.Find<Dictionary<string, object>>(address) is { } entry && entry.TryGetValue(CodeField, out var code) && code is string { Length: 2 } text
            ? text
            : Labels.Unknown;

    public void Dispose() => _reader.Dispose();
}
