using KpTelemetry.Audit.Pushing;
using KpTelemetry.Platform.Settings;
using Xunit;

namespace KpTelemetry.Audit.Tests;

/// <summary>Where SIEMs are, and the secret that a webhook is signed with.</summary>
public sealed class PushSettingsTests
{
    [Theory]
    [InlineData("KP_SIEM_WEBHOOK", "http://siem.example.org/")]
    [InlineData("KP_SIEM_WEBHOOK", "https://siem.example.org/")]
    [InlineData("KP_SIEM_SYSLOG", "tcp://siem.example.org:514")]
    [InlineData("KP_SIEM_SYSLOG", "nonsense")]
    public void Settings_ThatCannotBeUsed_AreNamedAndNotTold(string name, string value)
    {
        var refused = Assert.Throws<SettingsException>(() => PushSettings.From(asked => asked == name ? value : null));
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("example.org", refused.Message, StringComparison.Ordinal);
    }

    // Standard Webhooks: a secret is written whsec_ and base64, and its bytes are the key.
    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", "31F290F6BF06298AAB4F08D43C3F082CF648A362DA2DA4B0")]
    [InlineData("a secret of 24 characters\n", "6120736563726574206F662032342063686172616374657273")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2L", null)]
    [InlineData("whsec_MfKQ9r8G", null)]
    public void Secret_OfTheWebhook_IsReadAsItsReceiversReadIt(string written, string? key)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, written);
        string? Read(string asked) => asked switch { "KP_SIEM_WEBHOOK" => "https://siem.example.org/", "KP_SIEM_WEBHOOK_SECRET_FILE" => file, _ => null };
        if (key is null)
            Assert.Contains("KP_SIEM_WEBHOOK_SECRET_FILE", Assert.Throws<SettingsException>(() => PushSettings.From(Read)).Message, StringComparison.Ordinal);
        else
            Assert.Equal(key, Convert.ToHexString(PushSettings.From(Read).WebhookSecret));
        File.Delete(file);
    }
}
