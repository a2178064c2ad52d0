namespace KpTelemetry.EndToEnd.Tests.Stacks;

/// <summary>One stack for all tests that leave it whole. They run one after the other, each with sites of its own.</summary>
public sealed class SharedStack : IAsyncLifetime
{
    private int _sites;

    public KpStack Stack { get; private set; } = null!;

    internal QueryClient Queries { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Stack = await KpStack.StartAsync();
        Queries = new QueryClient(Stack);
    }

    public async ValueTask DisposeAsync()
    {
        Queries.Dispose();
        await Stack.DisposeAsync();
    }

    /// <summary>Defines a site that no other test uses.</summary>
    public async Task<string> AddSiteAsync(string zone)
    {
        var name = $"site-{Interlocked.Increment(ref _sites).ToString(System.Globalization.CultureInfo.InvariantCulture)}";
        var result = await Stack.KpAsync("site", "add", name, "--timezone", zone);
        Assert.True(result.ExitCode == 0, result.ToString());
        return name;
    }

    /// <summary>Imports a file as a user would.</summary>
    internal async Task<ImportSummary> ImportAsync(string file, string site)
    {
        var result = await Stack.KpAsync("import", file, "--site", site, "--json");
        Assert.True(result.ExitCode == 0, result.ToString());
        return ImportSummary.Parse(result.Output);
    }
}

[CollectionDefinition(Name)]
public sealed class OnTheSharedStack : ICollectionFixture<SharedStack>
{
    public const string Name = "on the shared stack";
}
