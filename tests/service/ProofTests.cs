using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Tree;
using KpTelemetry.QueryApi.Access;
using Xunit;

namespace KpTelemetry.Service.Tests;

/// <summary>What the API gives is enough to prove the record without believing the service.</summary>
public sealed class ProofTests(RunningService service)
{
    [Fact]
    public async Task Answers_ProveEachEntryAndEachGrowthFromTheCheckpointOn()
    {
        using var client = service.Client(Roles.Security, "prover");
        for (var i = 0; i < 5; i++)
            (await client.GetAsync(new Uri("/api/v1/audit/events", UriKind.Relative))).Dispose();
        var note = await client.GetByteArrayAsync(new Uri("/api/v1/audit/checkpoint", UriKind.Relative));
        Assert.Equal(NoteProblem.None, Checkpoint.TryOpen(note, service.LogKey, out var checkpoint));

        const int Size = 6;
        var leaves = await HashesAsync(client, $"/api/v1/audit/leaves?from=0&to={Size}", "leaves");
        var frontier = Frontier.Empty;
        foreach (var leaf in leaves)
            frontier.Append(TreeHash.Leaf(leaf));
        for (var index = 0; index < Size; index++)
        {
            var proof = await HashesAsync(client, $"/api/v1/audit/proofs/inclusion?index={index}&size={Size}", "hashes");
            Assert.Equal(ProofVerdict.Proven, TreeProof.Inclusion(index, Size, TreeHash.Leaf(leaves[index]), frontier.Root(), proof));
        }

        var consistency = await HashesAsync(client, $"/api/v1/audit/proofs/consistency?from={checkpoint!.Size}&to={Size}", "hashes");
        Assert.Equal(ProofVerdict.Proven, TreeProof.Consistency(checkpoint.Size, checkpoint.Root, Size, frontier.Root(), consistency));
    }

    [Fact]
    public async Task Checkpoint_IsPlainText()
    {
        using var client = service.Client(Roles.Privacy, "reader-of-checkpoints");
        using var answer = await client.GetAsync(new Uri("/api/v1/audit/checkpoint", UriKind.Relative));
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith($"{CheckpointSettings.StandardOrigin}\n1\n", Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync()), StringComparison.Ordinal);
    }

    private static async Task<byte[][]> HashesAsync(HttpClient client, string path, string name) =>
        (await client.GetFromJsonAsync<JsonElement>(new Uri(path, UriKind.Relative))).GetProperty(name).EnumerateArray().Select(hash => hash.GetBytesFromBase64()).ToArray();
}
