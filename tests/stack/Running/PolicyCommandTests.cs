using System.Text.Json;
using KpTelemetry.Schemas.Policies;

namespace KpTelemetry.Stack.Tests.Running;

/// <summary><c>kp policy</c> against a running stack.</summary>
[Collection(nameof(SharedStack))]
public sealed class PolicyCommandTests(SharedStack shared) : IDisposable
{
    // A notice from tomorrow on is none from the past either when midnight passes meanwhile.
    private static readonly DateOnly Tomorrow = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(1);
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task Show_TellsTheRevisionInForceAndWhatLivingKeysWaitFor()
    {
        var shown = await KpAsync("show");
        Assert.Equal((0, ""), (shown.ExitCode, shown.Errors));
        Assert.StartsWith("policy 20170913, in force since 2017-09-13", shown.Output, StringComparison.Ordinal);
        Assert.All(PolicyKeys.All, key => Assert.Contains(key.Name, shown.Output, StringComparison.Ordinal));

        var json = await KpAsync("show", "--json");
        Assert.Equal("20170913", JsonDocument.Parse(json.Output).RootElement.GetProperty("inForce").GetProperty("revision").GetString());
    }

    [Fact]
    public async Task CheckAndPublish_SayWhatChanges_RefuseWithoutNotice_AndPublishWithIt()
    {
        Write(Tomorrow, Tomorrow.AddDays(1), 20);
        var early = await KpAsync("publish");
        Assert.Equal(1, early.ExitCode);
        Assert.StartsWith("kp: the notice is too short", early.Reason, StringComparison.Ordinal);

        Write(Tomorrow, Tomorrow.AddDays(40), 20);
        var check = await KpAsync("check");
        Assert.Equal((0, ""), (check.ExitCode, check.Errors));
        Assert.Contains("k: 11 -> 20 (stricter; smallest number of visitors", check.Output, StringComparison.Ordinal);
        Assert.Contains("to what is stored: what is not published yet needs the larger number", check.Output, StringComparison.Ordinal);

        var published = await KpAsync("publish", "--json");
        Assert.Equal((0, ""), (published.ExitCode, published.Errors));
        Assert.Equal(PolicyRevision.NameOf(Tomorrow.AddDays(40)), JsonDocument.Parse(published.Output).RootElement.GetProperty("revision").GetString());
        Assert.Contains($"coming: policy {PolicyRevision.NameOf(Tomorrow.AddDays(40))}", (await KpAsync("show")).Output, StringComparison.Ordinal);
        var again = await KpAsync("check");
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("is published already", again.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Document_ThatIsNone_Exits1AndNamesTheKeys()
    {
        await File.WriteAllTextAsync(_file, PolicyBook.BuiltIn.Document.Replace("\"k\": 11", "\"k\": 0", StringComparison.Ordinal));
        var refused = await KpAsync("check");
        Assert.Equal((1, "kp: values.k must be a whole number from 5 to 10000"), (refused.ExitCode, refused.Reason));
        Assert.Empty(refused.Output);
    }

    private void Write(DateOnly notice, DateOnly effective, int k) => File.WriteAllText(
        _file,
        PolicyBook.BuiltIn.Document.Replace("20170913", PolicyRevision.NameOf(effective), StringComparison.Ordinal).Replace("2017-08-14", $"{notice:yyyy-MM-dd}", StringComparison.Ordinal)
            .Replace("2017-09-13", $"{effective:yyyy-MM-dd}", StringComparison.Ordinal).Replace("\"k\": 11", $"\"k\": {k}", StringComparison.Ordinal));

    private Task<Ended> KpAsync(string command, params string[] more) =>
        Programs.RunAsync(Programs.Cli, ["policy", command, .. command == "show" ? [] : new[] { _file }, .. more], shared.Stack.Environment);
}
