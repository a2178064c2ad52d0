using Microsoft.Playwright;
using Xunit;

[assembly: AssemblyFixture(typeof(KpTelemetry.Pages.Tests.Browsers))]

namespace KpTelemetry.Pages.Tests;

/// <summary>One Chromium for all tests of pages, each in a context of its own.</summary>
public sealed class Browsers : IAsyncLifetime
{
    private static readonly string[] Programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (Array.Find(Programs, File.Exists) is not { } program)
            return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program, Args = Environment.IsPrivilegedProcess ? ["--no-sandbox"] : [] });
    }

    /// <summary>A fresh context; the test is skipped where no Chromium is installed.</summary>
    public async Task<IBrowserContext> NewAsync(BrowserNewContextOptions? options = null)
    {
        Assert.SkipWhen(_browser is null, "no Chromium is installed: apt-get install chromium");
        return await _browser.NewContextAsync(options ?? new BrowserNewContextOptions());
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
