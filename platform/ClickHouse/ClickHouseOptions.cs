using ClickHouse.Driver.ADO;

namespace KpTelemetry.Platform.ClickHouse;

/// <summary>Where ClickHouse is and how long an answer may take.</summary>
public sealed record ClickHouseOptions
{
    /// <summary>An HTTP address such as <c>http://host:8123</c>, or a ClickHouse.Driver connection string. May hold a password: never logged.</summary>
    public required string Connection { get; init; }

    /// <summary>How long one statement may take before its outcome counts as unknown.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    internal ClickHouseClientSettings ToSettings() => IsAddress(out var address)
        ? new ClickHouseClientSettings
        {
            Protocol = address.Scheme,
            Host = address.Host,
            Port = (ushort)address.Port,
            Path = address.AbsolutePath.Trim('/'),
            Timeout = Timeout,
        }
        : new ClickHouseClientSettings(Connection) { Timeout = Timeout };

    private bool IsAddress(out Uri address) =>
        Uri.TryCreate(Connection, UriKind.Absolute, out address!) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);
}
