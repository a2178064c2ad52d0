namespace KpTelemetry.Stack.Tests.CommandLines;

/// <summary>The last line and the exit code of <c>./kp test</c>, on which continuous integration relies.</summary>
public sealed class SummingUpTests : IDisposable
{
    private readonly FreshClone clone = new FreshClone().WithSdk().WithNode(22);

    public void Dispose() => clone.Dispose();

    [Fact]
    public async Task AllPass_SumsUpAndExits0()
    {
        clone.WithTests("One", Summary(3, 0, 1)).WithTests("Two", Summary(40, 0, 0));
        var ended = await clone.RunAsync(["test"]);

        Assert.Equal(0, ended.ExitCode);
        Assert.EndsWith("43 passed, 0 failed, 1 skipped\n", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneFails_ShowsItsOutputAndExits1()
    {
        clone.WithTests("One", "echo 'it is wrong'\n" + Summary(3, 2, 0) + "exit 2").WithTests("Two", Summary(1, 0, 0));
        var ended = await clone.RunAsync(["test"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.EndsWith("4 passed, 2 failed, 0 skipped\n", ended.Output, StringComparison.Ordinal);
        Assert.Contains("One.Tests | it is wrong", ended.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kill -SEGV $$")]
    [InlineData("exit 134")]
    [InlineData("exit 1")]
    public async Task ProjectThatCrashes_CountsAsFailed(string end)
    {
        clone.WithTests("One", end).WithTests("Two", Summary(1, 0, 0));
        var ended = await clone.RunAsync(["test"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.EndsWith("1 passed, 1 failed, 0 skipped\n", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CrashAfterAGoodSummary_CountsAsFailed()
    {
        clone.WithTests("One", Summary(5, 0, 0) + "exit 139");
        var ended = await clone.RunAsync(["test"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.EndsWith("5 passed, 1 failed, 0 skipped\n", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FilterThatMatchesNothing_Exits1()
    {
        clone.WithTests("One", Summary(0, 0, 0));
        var ended = await clone.RunAsync(["test", "nothing-has-this-name"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.EndsWith("0 passed, 1 failed, 0 skipped\n", ended.Output, StringComparison.Ordinal);
    }

    /// <summary>Shell that prints what a test program prints at its end.</summary>
    private static string Summary(int passed, int failed, int skipped) =>
        $"printf '\\nTest run summary: Passed! - x.dll (net10.0|x64)\\n  total: {passed + failed + skipped}\\n  failed: {failed}\\n  succeeded: {passed}\\n  skipped: {skipped}\\n  duration: 1s\\n'\n";
}
