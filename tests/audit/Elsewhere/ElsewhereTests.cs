using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Proving;
using KpTelemetry.Audit.Tests.Checkpointing;
using KpTelemetry.Audit.Tests.Tree;
using KpTelemetry.Platform.Keys;
using Xunit;

namespace KpTelemetry.Audit.Tests.Elsewhere;

/// <summary>An implementation that is not ours accepts what we make, and refuses what was changed.</summary>
public sealed class ElsewhereTests
{
    private static readonly byte[][] Leaves = NaiveTree.Leaves(70_000, seed: 31);
    private static readonly MemoryTree Stored = new(Leaves);

    [Fact]
    public async Task CheckpointsAndProofs_OfManySizes_AreAcceptedByGoAndChangedOnesRefused()
    {
        Assert.SkipUnless(GoCheck.IsInstalled, "Go is not installed (Debian packages golang-go and golang-golang-x-mod-dev)");
        using var signer = new CheckpointSigner(CheckpointSettings.StandardOrigin, NoteTests.Seed(1));
        using var stranger = new CheckpointSigner("stranger", NoteTests.Seed(2));
        List<Statement> told = [];
        foreach (var size in (int[])[1, 2, 3, 4, 5, 7, 8, 33, 255, 256, 257, 511, 1000, 65_535, 65_536, 65_537, 70_000])
            told.AddRange(await OfSizeAsync(size, signer, stranger));
        var untrue = told.SelectMany(statement => statement.Untrue()).ToList();

        var answers = await GoCheck.AnswersAsync([.. told, .. untrue]);

        Assert.Equal(told.Count + untrue.Count, answers.Length);
        Assert.All(answers[..told.Count], answer => Assert.Equal("accepted", answer));
        Assert.All(answers[told.Count..], answer => Assert.StartsWith("refused: ", answer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task CheckpointsAndProofs_OfAStoredRecord_AreAcceptedByGo()
    {
        Assert.SkipUnless(GoCheck.IsInstalled, "Go is not installed (Debian packages golang-go and golang-golang-x-mod-dev)");
        await using var record = await Record.CreateAsync();
        using var signer = new CheckpointSigner(CheckpointSettings.StandardOrigin, record.Keys.GetOrCreate(KeyNames.Checkpoints));
        var writer = new CheckpointWriter(record.Store, signer, CheckpointFile.Beside(record.Keys.Location), record.Time);
        List<Statement> told = [];
        for (var i = 0; i < 4; i++)
        {
            await record.AppendAsync(Record.Lines(new Guid("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b00c"), i * 150, 150));
            await writer.SignAsync(CancellationToken.None);
        }

        var proofs = new RecordProofs(record.Store);
        var notes = CheckpointFile.Beside(record.Keys.Location).All().ToList();
        var heads = notes.Select(note => Checkpoint.TryParse(note.Text)!).ToList();
        foreach (var (note, head) in notes.Zip(heads))
        {
            told.Add(Statement.Checkpoint(note, signer.Key, head.Size, head.Root));
            foreach (var index in (long[])[0, head.Size / 2, head.Size - 1])
                told.Add(Statement.Inclusion(index, head.Size, (await proofs.LeavesAsync(index, index + 1, CancellationToken.None))![0], head.Root, (await proofs.InclusionAsync(index, head.Size, CancellationToken.None))!));
            foreach (var older in heads.Where(older => older.Size <= head.Size))
                told.Add(Statement.Consistency(older.Size, older.Root, head.Size, head.Root, (await proofs.ConsistencyAsync(older.Size, head.Size, CancellationToken.None))!));
        }

        var untrue = told.SelectMany(statement => statement.Untrue()).ToList();
        var answers = await GoCheck.AnswersAsync([.. told, .. untrue]);
        Assert.All(answers[..told.Count], answer => Assert.Equal("accepted", answer));
        Assert.All(answers[told.Count..], answer => Assert.StartsWith("refused: ", answer, StringComparison.Ordinal));
        Assert.Equal(told.Count + untrue.Count, answers.Length);
    }

    private static async Task<List<Statement>> OfSizeAsync(int size, CheckpointSigner signer, CheckpointSigner stranger)
    {
        var tree = Stored.Of(size);
        var root = await tree.RootAsync(CancellationToken.None);
        var note = signer.Sign(size, root);
        List<Statement> told =
        [
            Statement.Checkpoint(note, signer.Key, size, root),
            Statement.Checkpoint(note with { Signatures = [.. stranger.Sign(size, root).Signatures, .. note.Signatures] }, signer.Key, size, root),
        ];
        foreach (var index in Places(size).Distinct())
            told.Add(Statement.Inclusion(index, size, Leaves[index], root, await tree.InclusionAsync(index, CancellationToken.None)));
        foreach (var from in Places(size).Select(index => index + 1).Distinct())
            told.Add(Statement.Consistency(from, await Stored.Of(from).RootAsync(CancellationToken.None), size, root, await tree.ConsistencyAsync(from, CancellationToken.None)));
        return told;
    }

    private static int[] Places(int size) => [0, size / 3, size / 2, size - 1, Math.Min(255, size - 1), Math.Min(256, size - 1)];
}
