using System.Collections.Concurrent;
using KpTelemetry.Canaries.Tests.Answers;
using KpTelemetry.Canaries.Tests.AtRest;
using KpTelemetry.Canaries.Tests.Planting;
using KpTelemetry.Canaries.Tests.Searching;
using KpTelemetry.EndToEnd.Tests.Stacks;

namespace KpTelemetry.Canaries.Tests;

/// <summary>How much is planted.</summary>
/// <param name="Alone">Lines of a log whose value few share.</param>
/// <param name="Crowds">Values that a crowd brings.</param>
/// <param name="Requests">Requests to the listeners.</param>
/// <param name="Seed">The first value's number.</param>
internal sealed record CanaryPlan(int Alone, int Crowds, int Requests, int Seed)
{
    /// <summary>Events of all parts.</summary>
    public int Events => Log.Length + Requests;

    public CanaryLog Log { get; } = new(Alone, Crowds, Seed);

    public override string ToString() => $"seed {Seed}: {Log.Length} lines and {Requests} requests, {Alone} values alone and {Crowds} of crowds";
}

/// <summary>Plants, lets the whole stack work on it, and searches everything that it keeps and tells.</summary>
internal sealed class CanaryRun(CanaryPlan plan)
{
    private const string Site = "canaries";
    private const int AtOnce = 8;

    private readonly Needles _needles = new();
    private readonly Dictionary<CanaryClass, HashSet<int>> _distinct = [];

    /// <summary>Distinct values planted of each class.</summary>
    public IReadOnlyDictionary<CanaryClass, int> Distinct => _distinct.ToDictionary(one => one.Key, one => one.Value.Count);

    /// <summary>The search, when all is done.</summary>
    public Search Search { get; private set; } = null!;

    /// <summary>What was published of pages.</summary>
    public string Pages { get; private set; } = "";

    /// <summary>Labels that only a detector kept from being published: what it says of them.</summary>
    public string Withheld { get; private set; } = "";

    /// <summary>What ingest made of the log.</summary>
    public string Import { get; private set; } = "";

    public async Task RunAsync(Action<string> tell)
    {
        await using var collector = await Collector.StartAsync();
        await using var stack = await KpStack.StartAsync(collector.Settings);
        var requests = new Requests(stack);
        await requests.SignInAsync();
        var added = await stack.KpAsync("site", "add", Site, "--timezone", "America/Los_Angeles", "--host", CanaryLog.Host, "--route", CanaryLog.DeclaredRoute, "--event", "book", "--campaign", "spring-2026");
        Assert.True(added.ExitCode == 0, added.ToString());

        Search = new Search(_needles);
        var answers = await SendRequestsAsync(requests);
        tell($"{plan.Requests} requests answered");
        await ImportAsync(stack);
        tell($"imported: {Import}");
        foreach (var answer in answers)
            Search.In($"the answer of {answer.Position}", answer.Body);
        Pages = await EveryAnswer.SearchAsync(stack, requests, collector, Search);
        Withheld = await EveryAnswer.WithheldLabelsAsync(requests);
        tell("answers searched");
        await EverythingAtRest.SearchAsync(stack, Search);
        tell($"searched {Search.Bytes} bytes for {_needles.Count} writings");
    }

    private void Plant(Canary canary)
    {
        _needles.Add(canary);
        if (!_distinct.TryGetValue(canary.Form.Class, out var values))
            _distinct.Add(canary.Form.Class, values = []);
        values.Add(canary.Value.GetHashCode(StringComparison.Ordinal));
    }

    // Before the log: what its needles find is looked for when all of them are there.
    private async Task<IReadOnlyCollection<(string Position, byte[] Body)>> SendRequestsAsync(Requests requests)
    {
        var answers = new ConcurrentQueue<(string, byte[])>();
        var planted = CanaryRequests.Of(plan.Requests, plan.Seed).ToList();
        foreach (var (canary, _) in planted)
            Plant(canary);
        await Parallel.ForEachAsync(planted, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (one, _) =>
            answers.Enqueue((one.Position.Name, await requests.SendAsync(one.Position.To, one.Position.Make(one.Canary.Sent)))));
        return answers;
    }

    // The file's name is a place too.
    private async Task ImportAsync(KpStack stack)
    {
        var folder = Directory.CreateTempSubdirectory("kp-canaries-");
        try
        {
            var named = new Canary(CanaryForms.Of[CanaryClass.Phone].First(), plan.Seed, Writings.All[0], "name of a file");
            Plant(named);
            var file = Path.Combine(folder.FullName, $"{named.Sent}.log");
            await using (var stream = File.Create(file))
                await plan.Log.WriteAsync(stream, Plant);
            foreach (var address in CanaryLog.Addresses)
                _needles.Add(CanaryForms.Of[CanaryClass.Address].First(), "plain", "client's address", address);
            var result = await stack.KpAsync("import", file, "--site", Site, "--json");
            Assert.True(result.ExitCode == 0, "the import failed");
            Import = result.Output.Trim();
            Search.In("what kp import told", result.Output + result.Errors);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
