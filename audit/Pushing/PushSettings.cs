using System.Text;
using KpTelemetry.Platform.Settings;

namespace KpTelemetry.Audit.Pushing;

/// <summary>Where entries are pushed to (docs/SETTINGS.md). Unset: nowhere.</summary>
public sealed record PushSettings
{
    /// <summary>A secret shorter than this could be guessed.</summary>
    private const int LeastSecret = 24;
    private const string StandardPrefix = "whsec_";

    /// <summary><c>KP_SIEM_WEBHOOK</c>: https, or http on loopback.</summary>
    public Uri? Webhook { get; init; }

    /// <summary>The key of the signatures, at least 24 bytes: what the file that <c>KP_SIEM_WEBHOOK_SECRET_FILE</c> names holds, or, where that is <c>whsec_</c> and base64, as Standard Webhooks writes it, what it stands for.</summary>
    public byte[] WebhookSecret { get; init; } = [];

    /// <summary><c>KP_SIEM_SYSLOG</c>: tls://HOST[:PORT], or tcp:// on loopback.</summary>
    public Uri? Syslog { get; init; }

    private static byte[] KeyOf(string written)
    {
        if (!written.StartsWith(StandardPrefix, StringComparison.Ordinal))
            return Encoding.UTF8.GetBytes(written);
        var key = new byte[written.Length];
        return Convert.TryFromBase64String(written[StandardPrefix.Length..], key, out var length) ? key[..length] : [];
    }

    /// <summary>Reads the environment. Throws <see cref="SettingsException"/> naming every setting that cannot be used, never a value.</summary>
    public static PushSettings FromEnvironment() => From(Environment.GetEnvironmentVariable);

    /// <summary>As <see cref="FromEnvironment"/>, from any source of values.</summary>
    public static PushSettings From(Func<string, string?> read)
    {
        var problems = new List<string>();
        var webhook = Address("KP_SIEM_WEBHOOK", "https", "http");
        var syslog = Address("KP_SIEM_SYSLOG", "tls", "tcp");
        var secret = read("KP_SIEM_WEBHOOK_SECRET_FILE") is { Length: > 0 } file && File.Exists(file) ? KeyOf(File.ReadAllText(file).Trim()) : [];
        if (webhook is not null && secret.Length < LeastSecret)
            problems.Add("KP_SIEM_WEBHOOK_SECRET_FILE must name a file with a secret of at least 24 characters, or whsec_ and at least 24 bytes in base64");
        return problems.Count == 0 ? new() { Webhook = webhook, WebhookSecret = secret, Syslog = syslog } : throw new SettingsException(problems);

        Uri? Address(string name, string secure, string plain)
        {
            if (read(name) is not { Length: > 0 } value)
                return null;
            if (Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Host.Length > 0 && (address.Scheme == secure || (address.Scheme == plain && address.IsLoopback)))
                return address;
            problems.Add($"{name} must be an address of {secure}://, or of {plain}:// on this machine");
            return null;
        }
    }
}
