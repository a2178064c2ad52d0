using System.Diagnostics;
using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Audit.Tree;
using KpTelemetry.Audit.Verifying;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Benchmarks.Access;

/// <summary>How fast a record is verified, all of it and what is new, in how much memory.</summary>
internal static class RecordVerifying
{
    public static async Task TellAsync(RecordStore store, KeyStore keys)
    {
        using var signer = new CheckpointSigner(CheckpointSettings.StandardOrigin, keys.GetOrCreate(KeyNames.Checkpoints));
        var file = CheckpointFile.Beside(keys.Location);
        await new CheckpointWriter(store, signer, file, TimeProvider.System).SignAsync(CancellationToken.None);
        foreach (var full in (bool[])[true, false])
        {
            var memory = new Memory();
            var (started, processor) = (Stopwatch.GetTimestamp(), ProcessorTime);
            var verified = await new RecordVerifier(store, file, signer.Key).VerifyAsync(full, memory, CancellationToken.None);
            Console.WriteLine(
                $"verified {verified.Entries - verified.From:N0} entries and {verified.Checkpoints:N0} checkpoints {(full ? "from the first on" : "since the last time")} in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s, " +
                $"{(ProcessorTime - processor).TotalSeconds:F1} s of this process's processor time: {verified.Finding?.ToString() ?? "nothing found"}");
            Console.WriteLine($"managed memory in use, MB, in each quarter: {memory}");
        }

        Console.WriteLine($"hashing the tree alone: {LeavesASecond():N0} leaves/s");
    }

    private static TimeSpan ProcessorTime => Process.GetCurrentProcess().TotalProcessorTime;

    private static double LeavesASecond()
    {
        const int Count = 1_000_000;
        var (frontier, completed, leaf, hash) = (Frontier.Empty, new List<Subtree>(), new byte[TreeHash.LeafDataBytes], new byte[TreeHash.Bytes]);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Count; i++)
        {
            TreeHash.Leaf(leaf, hash);
            frontier.Append(hash, completed);
        }

        return Count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private sealed class Memory : IProgress<(long Done, long Entries)>
    {
        private readonly List<long> _bytes = [];

        public void Report((long Done, long Entries) value) => _bytes.Add(GC.GetTotalMemory(forceFullCollection: true));

        public override string ToString() => string.Join(", ", _bytes.Chunk(Math.Max(1, (_bytes.Count + 3) / 4)).Select(quarter => $"{quarter.Max() / 1_048_576.0:F1}"));
    }
}
