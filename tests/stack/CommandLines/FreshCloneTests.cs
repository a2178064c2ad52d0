using KpTelemetry.Stack.Tests.Running;

namespace KpTelemetry.Stack.Tests.CommandLines;

/// <summary>What <c>./kp</c> installs and builds, and when it does nothing.</summary>
public sealed class FreshCloneTests : IDisposable
{
    private readonly FreshClone clone = new();

    public void Dispose() => clone.Dispose();

    [Fact]
    public async Task NoSdk_IsToldInOneLineWithAHint()
    {
        var ended = await clone.WithNode(20).RunAsync(["status"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal("kp: .NET SDK 10 is missing", ended.Reason);
        Assert.Contains("get it from", ended.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoNode_IsToldInOneLineWithAHint()
    {
        var ended = await clone.WithSdk().RunAsync(["status"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal("kp: Node 20 or later is missing", ended.Reason);
        Assert.Contains("get it from", ended.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OldNode_IsToldInOneLineWithAHint()
    {
        var ended = await clone.WithSdk().WithNode(16).RunAsync(["status"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal("kp: Node 20 or later is missing (found 16)", ended.Reason);
    }

    [Fact]
    public async Task FirstTime_InstallsRestoresBuildsAndBecomesTheProgram()
    {
        var ended = await clone.WithSdk().WithNode(22).RunAsync(["status"]);

        Assert.Equal(0, ended.ExitCode);
        Assert.Equal($"home {clone.Root}/.kp\n", ended.Output);
        Assert.Contains("npm ci", clone.Asked);
        Assert.Contains("dotnet restore", clone.Asked);
        Assert.Contains("dotnet build", clone.Asked);
    }

    [Fact]
    public async Task NothingChanged_OnlyRunsTheProgram()
    {
        await clone.WithSdk().WithNode(22).RunAsync(["status"]);
        var before = clone.Asked.Length;
        var ended = await clone.RunAsync(["status"]);

        Assert.Empty(ended.Errors);
        Assert.StartsWith("dotnet /", Assert.Single(clone.Asked[before..]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SourceChanged_BuildsAndInstallsNothing()
    {
        await clone.WithSdk().WithNode(22).RunAsync(["status"]);
        var before = clone.Asked.Length;
        await File.WriteAllTextAsync(Path.Combine(clone.Root, "cli", "New.cs"), "");
        await clone.RunAsync(["status"]);

        Assert.Contains("dotnet build", clone.Asked[before..]);
        Assert.DoesNotContain("npm ci", clone.Asked[before..]);
    }

    [Fact]
    public async Task PackagesChanged_InstallsThem()
    {
        await clone.WithSdk().WithNode(22).RunAsync(["status"]);
        var before = clone.Asked.Length;
        await File.WriteAllTextAsync(Path.Combine(clone.Root, "package-lock.json"), "{ }");
        await clone.RunAsync(["status"]);

        Assert.Contains("npm ci", clone.Asked[before..]);
    }

    [Fact]
    public async Task SeveralAtOnce_BuildOnce()
    {
        clone.WithSdk().WithNode(22);
        var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => clone.RunAsync(["status"])));

        Assert.All(all, ended => Assert.Equal(0, ended.ExitCode));
        Assert.Single(clone.Asked, line => line == "dotnet build");
        Assert.Single(clone.Asked, line => line == "npm ci");
    }

    [Fact]
    public async Task SettingsFile_IsReadAndTheEnvironmentWins()
    {
        clone.WithSdk().WithNode(22);
        var settings = Path.Combine(clone.Root, "my settings");
        await File.WriteAllTextAsync(settings, "# where\n\nKP_HOME=/from the file\n");
        var fromFile = await clone.RunAsync(["status"], ("KP_SETTINGS", settings));
        var overridden = await clone.RunAsync(["status"], ("KP_SETTINGS", settings), ("KP_HOME", "/from the environment"));

        Assert.Equal("home /from the file\n", fromFile.Output);
        Assert.Equal("home /from the environment\n", overridden.Output);
    }

    [Fact]
    public async Task SettingsFile_LineThatIsNone_IsToldByNumber()
    {
        clone.WithSdk().WithNode(22);
        await File.WriteAllTextAsync(Path.Combine(clone.Root, "kp.env"), "KP_HOME=/a\nsecret\n");
        var ended = await clone.RunAsync(["status"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal($"kp: line 2 of {clone.Root}/kp.env is no setting", ended.Reason);
    }

    [Fact]
    public async Task CurrentDirectory_StaysThePersons()
    {
        var ended = await clone.WithSdk().WithNode(22).RunAsync(["status"], ("KP_HOME", "relative"));

        Assert.Equal("home relative\n", ended.Output);
    }
}
