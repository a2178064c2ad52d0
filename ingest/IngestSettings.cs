using System.Globalization;
using System.Net;
using KpTelemetry.Platform.Settings;

namespace KpTelemetry.Ingest;

/// <summary>Settings of ingest alone (docs/SETTINGS.md).</summary>
public sealed record IngestSettings
{
    /// <summary><c>KP_ALLOW_LOOPBACK</c>: 1 lets programs on this machine send without an API key. Only the local stack turns it on.</summary>
    public bool AllowLoopback { get; init; }

    /// <summary><c>KP_TRUSTED_PROXIES</c>: networks in CIDR form, by comma, whose <c>X-Forwarded-For</c> counts. None by default.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary><c>KP_SPOOL_MB</c>, 1 to 1,000,000: the most that the spool takes on disk, in MiB. Default 1024.</summary>
    public long SpoolBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>Reads the environment. Throws <see cref="SettingsException"/> naming every setting that cannot be used.</summary>
    public static IngestSettings FromEnvironment() => From(Environment.GetEnvironmentVariable);

    /// <summary>As <see cref="FromEnvironment"/>, from any source of values.</summary>
    public static IngestSettings From(Func<string, string?> read)
    {
        var problems = new List<string>();
        var settings = new IngestSettings { AllowLoopback = Flag("KP_ALLOW_LOOPBACK"), TrustedProxies = Networks("KP_TRUSTED_PROXIES"), SpoolBytes = Megabytes("KP_SPOOL_MB", 1024) };
        return problems.Count == 0 ? settings : throw new SettingsException(problems);

        bool Flag(string name)
        {
            var value = read(name);
            if (value is not (null or "" or "0" or "1"))
                problems.Add($"{name} must be 0 or 1");
            return value == "1";
        }

        List<IPNetwork> Networks(string name)
        {
            var networks = new List<IPNetwork>();
            foreach (var text in (read(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                if (IPNetwork.TryParse(text, out var network))
                    networks.Add(network);
                else
                    problems.Add($"{name} must be networks in CIDR form by comma, such as 10.0.0.0/8");
            }

            return networks;
        }

        long Megabytes(string name, long standard)
        {
            var text = read(name);
            if (string.IsNullOrEmpty(text))
                text = standard.ToString(CultureInfo.InvariantCulture);
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 1_000_000)
                problems.Add($"{name} must be a whole number from 1 to 1000000");
            return number * 1024 * 1024;
        }
    }
}
