using System.Diagnostics;
using KpTelemetry.EndToEnd.Tests.Stacks;

namespace KpTelemetry.EndToEnd.Tests.Crashes;

/// <summary>A stack of a test's own whose processes are killed, and imports that are started again until they succeed.</summary>
internal sealed class CrashingStack : IAsyncDisposable
{
    private const int MostAttempts = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private CrashingStack(KpStack stack) => (Stack, Queries) = (stack, new QueryClient(stack));

    public KpStack Stack { get; }

    public QueryClient Queries { get; }

    public static async Task<CrashingStack> StartAsync() => new(await KpStack.StartAsync());

    /// <summary>Ends a process of the stack as kill -9 does, once it runs.</summary>
    public async Task KillAsync(string name)
    {
        var id = await UntilAsync(() => Stack.ProcessId(name), $"{name} does not run");
        Kill(id);
    }

    /// <summary>Imports a file, again and again until it succeeds. What <paramref name="crashAsync"/> does falls into the first attempt.</summary>
    /// <param name="file">The log.</param>
    /// <param name="site">Its site.</param>
    /// <param name="crashAsync">Gets the first importer's process.</param>
    public async Task ImportAsync(string file, string site, Func<Process, Task> crashAsync)
    {
        var result = await AttemptAsync(file, site, crashAsync);
        for (var attempt = 1; result.ExitCode != 0; attempt++)
        {
            Assert.True(attempt < MostAttempts, result.ToString());
            await UntilReadyAsync();
            result = await AttemptAsync(file, site, _ => Task.CompletedTask);
        }
    }

    /// <summary>Waits until everything answers again.</summary>
    public async Task UntilReadyAsync() => await UntilAsync(() => Stack.AllReady ? true : (bool?)null, $"the stack does not recover: {Stack.Errors}");

    /// <summary>Ends a process as kill -9 does.</summary>
    public static void Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (ArgumentException)
        {
            // It has ended by itself in between.
        }
    }

    public async ValueTask DisposeAsync()
    {
        Queries.Dispose();
        await Stack.DisposeAsync();
    }

    private async Task<KpResult> AttemptAsync(string file, string site, Func<Process, Task> crashAsync)
    {
        using var importer = Kp.Start(Programs.Kp, ["import", file, "--site", site, "--json"], Kp.Home(Stack.Home));
        var end = Kp.EndAsync(importer);
        await crashAsync(importer);
        if (await Task.WhenAny(end, Task.Delay(Patience, CancellationToken.None)) != end)
        {
            importer.Kill();
            throw new TimeoutException($"the import does not end; the stack:{Environment.NewLine}{Stack.Told}");
        }

        return await end;
    }

    private static async Task<T> UntilAsync<T>(Func<T?> find, string otherwise)
        where T : struct
    {
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < Patience)
        {
            if (find() is { } found)
                return found;
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }

        throw new TimeoutException(otherwise);
    }
}
