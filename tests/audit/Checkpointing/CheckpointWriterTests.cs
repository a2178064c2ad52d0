using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Tree;
using KpTelemetry.Audit.Verifying;
using KpTelemetry.Platform.Keys;
using Xunit;

namespace KpTelemetry.Audit.Tests.Checkpointing;

public sealed class CheckpointWriterTests : IAsyncLifetime
{
    private static readonly Guid Source = new("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b00b");

    private Record _record = null!;
    private CheckpointSigner _signer = null!;

    public async ValueTask InitializeAsync()
    {
        _record = await Record.CreateAsync();
        _signer = new CheckpointSigner("example.org/record", _record.Keys.GetOrCreate(KeyNames.Checkpoints));
    }

    private CheckpointFile Signed => CheckpointFile.Beside(_record.Keys.Location);
    private string FileName => Path.Combine(_record.Keys.Location, CheckpointFile.Folder, "signed");

    [Fact]
    public async Task Sign_WhereNothingIsNewButCheckpoints_SignsNothing()
    {
        var writer = Writer();
        Assert.Equal(new CheckpointAttempt(null, null, null), await writer.SignAsync(CancellationToken.None));
        await _record.AppendAsync(Record.Lines(Source, 0, 7));
        Assert.Equal(7, SizeOf((await writer.SignAsync(CancellationToken.None)).Signed));
        for (var i = 0; i < 3; i++)
            Assert.Null((await writer.SignAsync(CancellationToken.None)).Signed);
        await _record.AppendAsync(Record.Lines(Source, 7, 1));
        Assert.Equal(9, SizeOf((await writer.SignAsync(CancellationToken.None)).Signed));
        Assert.Equal(10, await writer.EntriesAsync(CancellationToken.None));
        Assert.Equal(["checkpoint-signed", "checkpoint-signed"], (await _record.AllAsync()).Events.Where(line => line.Kind == "checkpoint-signed").Select(line => line.Kind));
    }

    [Fact]
    public async Task Sign_ByManyAtOnce_SignsOneChainAndNoSizeTwice()
    {
        await _record.AppendAsync(Record.Lines(Source, 0, 3));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async worker =>
        {
            var writer = Writer();
            for (var i = 0; i < 5; i++)
            {
                await _record.AppendAsync(Record.Lines(Source, 100 + (worker * 10) + i, 1));
                Assert.Null((await writer.SignAsync(CancellationToken.None)).Refusal);
            }
        }));
        var sizes = Signed.All().Select(SizeOf).ToList();
        Assert.Equal(sizes.Distinct().Order(), sizes);
        Assert.Null((await new RecordVerifier(_record.Store, Signed, _signer.Key).VerifyAsync(full: true, null, CancellationToken.None)).Finding);
    }

    [Fact]
    public async Task Sign_AfterACrashBetweenFileAndDatabase_EntersTheOneThatWasSigned()
    {
        await _record.AppendAsync(Record.Lines(Source, 0, 300));
        await _record.AppendAsync(Record.Lines(Source, 300, 5));
        // As a process that was killed after the file was written, and one that was killed while it was.
        await using var connection = await _record.Database.OpenConnectionAsync();
        var tree = new StoredTree(StoredHashes.Of(connection), 300);
        Signed.Append(_signer.Sign(300, await tree.RootAsync(CancellationToken.None)));
        await File.AppendAllTextAsync(FileName, "212\nexample.org/rec");

        Assert.Null((await VerifyAsync()).Finding);
        await using (var copy = _record.Database.CreateCommand("insert into audit.checkpoints values (300, $1)"))
        {
            copy.Parameters.Add(new() { Value = Signed.Last()!.ToString() });
            await copy.ExecuteNonQueryAsync();
        }

        Assert.Equal("no entry tells of it", (await VerifyAsync()).Finding?.What);
        await using (var away = _record.Database.CreateCommand("delete from audit.checkpoints"))
            await away.ExecuteNonQueryAsync();
        Assert.Equal(300, SizeOf((await Writer().SignAsync(CancellationToken.None)).Signed));
        Assert.Equal(306, SizeOf((await Writer().SignAsync(CancellationToken.None)).Signed));
        Assert.Equal([300, 306], Signed.All().Select(SizeOf));
        Assert.Equal((2L, null), ((await VerifyAsync()).Checkpoints, (await VerifyAsync()).Finding));
    }

    [Theory]
    [InlineData("update audit.entries set leaf = set_byte(leaf, 32, get_byte(leaf, 32) # 1) where index = 303")]
    [InlineData("delete from audit.entries where index = 303")]
    [InlineData("update audit.subtrees set hash = set_byte(hash, 32 - 1, get_byte(hash, 31) # 1)")]
    [InlineData("update audit.head set entries = 3")]
    [InlineData("delete from audit.head")]
    public async Task Sign_OfARecordThatDoesNotExtendTheLast_IsRefused(string attack)
    {
        await _record.AppendAsync(Record.Lines(Source, 0, 300));
        Assert.Equal(300, SizeOf((await Writer().SignAsync(CancellationToken.None)).Signed));
        await _record.AppendAsync(Record.Lines(Source, 300, 5));
        await using (var command = _record.Database.CreateCommand(attack))
            await command.ExecuteNonQueryAsync();
        var attempt = await Writer().SignAsync(CancellationToken.None);
        Assert.Null(attempt.Signed);
        Assert.NotNull(attempt.Refusal);
        Assert.Equal([300], Signed.All().Select(SizeOf));
    }

    [Fact]
    public async Task Sign_WithoutTheFileThatTheDatabaseKnowsOf_IsRefused()
    {
        await _record.AppendAsync(Record.Lines(Source, 0, 3));
        await Writer().SignAsync(CancellationToken.None);
        await _record.AppendAsync(Record.Lines(Source, 3, 3));
        var content = await File.ReadAllBytesAsync(FileName);

        File.Delete(FileName);
        Assert.NotNull((await Writer().SignAsync(CancellationToken.None)).Refusal);
        await File.WriteAllBytesAsync(FileName, [.. content[..20], (byte)(content[20] ^ 1), .. content[21..]]);
        Assert.NotNull((await Writer().SignAsync(CancellationToken.None)).Refusal);
        await File.WriteAllBytesAsync(FileName, content);
        Assert.Null((await Writer().SignAsync(CancellationToken.None)).Refusal);
    }

    [Fact]
    public async Task Witness_CosignsWhatIsSigned_AndTheCosignatureIsKept()
    {
        await using var witness = await TestWitness.StartAsync(_signer.Key);
        var writer = Writer();
        using var witnessed = new WitnessedCheckpoints(writer, new CheckpointSettings { Witness = witness.Prefix, WitnessKey = witness.Key });
        for (var i = 0; i < 3; i++)
        {
            await _record.AppendAsync(Record.Lines(Source, i * 200, 200));
            Assert.Equal(WitnessOutcome.Cosigned, await witnessed.OfferAsync((await writer.SignAsync(CancellationToken.None)).Signed!, CancellationToken.None));
        }

        Assert.Equal(3, witness.Asked);
        Assert.Equal(2, Signed.Last()!.Signatures.Count);
        Assert.Equal(Signed.Last()!.ToString(), await _record.ScalarAsync<string>("select note from audit.checkpoints order by size desc limit 1"));
        Assert.Equal((3L, null), ((await VerifyAsync()).Checkpoints, (await VerifyAsync()).Finding));
    }

    [Fact]
    public async Task Cosignature_ThatComesAfterTheNextCheckpoint_LeavesTheOrderOfTheFile()
    {
        await _record.AppendAsync(Record.Lines(Source, 0, 5));
        var (slow, other) = (Writer(), Writer());
        var first = (await slow.SignAsync(CancellationToken.None)).Signed!;
        await _record.AppendAsync(Record.Lines(Source, 5, 5));
        var second = (await other.SignAsync(CancellationToken.None)).Signed!;
        await slow.KeepAsync(first, CancellationToken.None);
        Assert.Equal([first.Text, second.Text], Signed.All().Select(note => note.Text));
        await _record.AppendAsync(Record.Lines(Source, 10, 5));
        Assert.NotNull((await slow.SignAsync(CancellationToken.None)).Signed);
        Assert.Equal((3L, null), ((await VerifyAsync()).Checkpoints, (await VerifyAsync()).Finding));
    }

    [Fact]
    public async Task Verify_BeforeTheFirstCheckpoint_FindsWhatIsWrongToo()
    {
        Assert.Equal((0L, 0L, 0L), Told(await VerifyAsync()));
        await _record.AppendAsync(Record.Lines(Source, 0, 9));
        Assert.Equal((0L, 9L, 0L), Told(await VerifyAsync()));
        await using (var attack = _record.Database.CreateCommand("update audit.entries set kind = '\\x00' where index = 5"))
            await attack.ExecuteNonQueryAsync();
        Assert.Equal(5, (await VerifyAsync()).Finding?.Index);
    }

    [Fact]
    public async Task Verify_Again_LooksOnlyAtWhatIsNew()
    {
        await _record.AppendAsync(Record.Lines(Source, 0, 300));
        await Writer().SignAsync(CancellationToken.None);
        await _record.AppendAsync(Record.Lines(Source, 300, 10));
        Assert.Equal((0L, 311L, 300L), Told(await VerifyAsync(full: false)));
        await Writer().SignAsync(CancellationToken.None);
        Assert.Equal((300L, 312L, 311L), Told(await VerifyAsync(full: false)));
        Assert.Equal((311L, 312L, 311L), Told(await VerifyAsync(full: false)));
        Assert.Equal((0L, 312L, 311L), Told(await VerifyAsync(full: true)));

        // Whoever changes where it ended has it begin anew.
        var state = Path.Combine(_record.Keys.Location, CheckpointFile.Folder, "verified");
        var kept = await File.ReadAllBytesAsync(state);
        await File.WriteAllBytesAsync(state, [.. kept[..^1], (byte)(kept[^1] ^ 1)]);
        Assert.Equal(0, (await VerifyAsync(full: false)).From);

        // What was found once is found again, also by one that would have gone on behind it.
        await using (var attack = _record.Database.CreateCommand("update audit.entries set kind = '\\x00' where index = 5"))
            await attack.ExecuteNonQueryAsync();
        Assert.Null((await VerifyAsync(full: false)).Finding);
        Assert.Equal(5, (await VerifyAsync(full: true)).Finding?.Index);
        Assert.Equal(5, (await VerifyAsync(full: false)).Finding?.Index);
    }

    [Fact]
    public async Task Verify_WhileOthersAppendAndSign_FindsNothing()
    {
        await _record.AppendAsync(Record.Lines(Source, 0, 300));
        using var enough = new CancellationTokenSource();
        var appending = Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                await _record.AppendAsync(Record.Lines(Source, 1000 + (i * 10), 10));
                await Writer().SignAsync(CancellationToken.None);
            }
        });
        for (var i = 0; i < 20; i++)
            Assert.Null((await VerifyAsync(full: i % 2 == 0)).Finding);
        await enough.CancelAsync();
        await appending;
    }

    public async ValueTask DisposeAsync()
    {
        _signer.Dispose();
        await _record.DisposeAsync();
    }

    private CheckpointWriter Writer() => new(_record.Store, _signer, Signed, _record.Time);

    private Task<Verification> VerifyAsync(bool full = true) => new RecordVerifier(_record.Store, Signed, _signer.Key).VerifyAsync(full, null, CancellationToken.None);

    private static (long From, long Entries, long Proven) Told(Verification verified)
    {
        Assert.Null(verified.Finding);
        return (verified.From, verified.Entries, verified.Proven);
    }

    private static long SizeOf(SignedNote? note) => Checkpoint.TryParse(note!.Text)!.Size;
}
