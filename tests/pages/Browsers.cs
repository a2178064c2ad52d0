using Microsoft.Playwright;
using Xunit;

[assembly: AssemblyFixture(typeof(KpTelemetry.Pages.Tests.Browsers))]

namespace KpTelemetry.Pages.Tests;

/// <summary>One Chromium for all tests of pages, each in a context of its own.</summary>
public sealed class Browsers : IAsyncLifetime
{
    private static readonly string[] Programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    /// <summary>How long a page may take to do what it does, ms: a bound for a busy machine, behind which lies a hang.</summary>
    public const float Patience = 180_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (Array.Find(Programs, File.Exists) is not { } program)
            return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program, Timeout = Patience, Args = Environment.IsPrivilegedProcess ? ["--no-sandbox"] : [] });
    }

    /// <summary>A fresh context; the test is skipped where no Chromium is installed.</summary>
    public async Task<IBrowserContext> NewAsync(BrowserNewContextOptions? options = null)
    {
        Assert.SkipWhen(_browser is null, "no Chromium is installed: apt-get install chromium");
        var context = await _browser.NewContextAsync(options ?? new BrowserNewContextOptions());
        context.SetDefaultTimeout(Patience);
        return context;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
