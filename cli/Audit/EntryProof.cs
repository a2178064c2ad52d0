using System.Globalization;
using System.Net.Http.Headers;
using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Proving;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Tokens;

namespace KpTelemetry.Cli.Audit;

/// <summary><c>kp audit verify --entry</c>: has the query API prove one entry, in the role of security, and believes nothing of it.</summary>
internal static class EntryProof
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static async Task<int> ShowAsync(long index, VerifierKey? key, bool json, CancellationToken cancel)
    {
        var stack = StackInfo.Require();
        using var keys = KeyStore.Open(stack.Home.Folder("keys"));
        using var http = new HttpClient { BaseAddress = stack.QueryApi, Timeout = Deadline };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", new LocalTokens(keys, TimeProvider.System).MintBearer(Environment.UserName, "security", Deadline));
        var client = new ProofClient(http, key ?? RecordPlace.OwnKey());
        var known = CheckpointFile.Beside(keys.Location).Last() is { } note ? Checkpoint.TryParse(note.Text) : null;
        var proof = await client.EntryAsync(index, known, cancel);
        if (proof.Refusal is { } refusal)
            throw new KpFailure($"entry {index.ToString(CultureInfo.InvariantCulture)}: {refusal}", AuditCommand.Guide);
        if (json)
            JsonOutput.Write(new { Index = index, proof.Checkpoint!.Size, Leaf = proof.Leaf! });
        else
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"entry {index} is under the signed checkpoint of {proof.Checkpoint!.Size} entries; its leaf is {Convert.ToBase64String(proof.Leaf!)}"));
        return ExitCode.Done;
    }
}
