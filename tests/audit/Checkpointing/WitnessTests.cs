using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Tests.Tree;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace KpTelemetry.Audit.Tests.Checkpointing;

public sealed class WitnessTests : IAsyncLifetime, IDisposable
{
    private static readonly MemoryTree Stored = new(NaiveTree.Leaves(1000, seed: 21));
    private static readonly MemoryTree Forked = new(NaiveTree.Leaves(1000, seed: 22));

    private readonly CheckpointSigner _signer = new("example.org/record", NoteTests.Seed(1));
    private readonly HttpClient _http = new();
    private TestWitness _witness = null!;

    public async ValueTask InitializeAsync() => _witness = await TestWitness.StartAsync(_signer.Key);

    [Fact]
    public async Task Offer_OfAGrowingTree_IsCosignedEachTime()
    {
        var known = 0L;
        foreach (var size in (long[])[1, 2, 3, 7, 8, 255, 256, 257, 999, 999])
        {
            var note = await SignedAsync(Stored, size);
            var answer = await OfferAsync(note, known, Stored);
            Assert.Equal(WitnessOutcome.Cosigned, answer.Outcome);
            Assert.Equal(size, _witness.Seen.Size);
            var cosigned = note with { Signatures = [.. note.Signatures, answer.Cosignature!] };
            Assert.Equal(NoteProblem.None, cosigned.Verify([_signer.Key, _witness.Key], out var signers));
            Assert.Equal([_signer.Key, _witness.Key], signers);
            known = size;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(700)]
    [InlineData(5000)]
    public async Task Offer_FromAnotherSizeThanTheWitnessHas_IsMadeAgainFromThere(long believed)
    {
        _witness.Seen = (500, await Stored.Of(500).RootAsync(CancellationToken.None));
        Assert.Equal(WitnessOutcome.Cosigned, (await OfferAsync(await SignedAsync(Stored, 800), believed, Stored)).Outcome);
        Assert.Equal((800L, 2), (_witness.Seen.Size, _witness.Asked));
    }

    [Theory]
    [InlineData(500, 800)]
    [InlineData(800, 800)]
    [InlineData(900, 800)]
    public async Task Offer_OfAForkOrASetBackTree_Contradicts(long seen, long offered)
    {
        _witness.Seen = (seen, await Stored.Of(seen).RootAsync(CancellationToken.None));
        Assert.Equal(WitnessOutcome.Contradicts, (await OfferAsync(await SignedAsync(Forked, offered), 0, Forked)).Outcome);
        Assert.Equal(WitnessOutcome.Contradicts, (await OfferAsync(await SignedAsync(Forked, offered), seen, Forked)).Outcome);
        Assert.Equal(seen, _witness.Seen.Size);
    }

    [Fact]
    public async Task Offer_UnderAnotherKeyOrOrigin_IsRefused()
    {
        using var other = new CheckpointSigner("example.org/record", NoteTests.Seed(2));
        using var elsewhere = new CheckpointSigner("example.org/elsewhere", NoteTests.Seed(1));
        var root = await Stored.Of(5).RootAsync(CancellationToken.None);
        Assert.Equal(WitnessOutcome.Refused, (await OfferAsync(other.Sign(5, root), 0, Stored)).Outcome);
        Assert.Equal(WitnessOutcome.Refused, (await OfferAsync(elsewhere.Sign(5, root), 0, Stored)).Outcome);
    }

    public static TheoryData<string, WitnessOutcome> Answers => new()
    {
        { "other text", WitnessOutcome.Unusable },
        { "nothing", WitnessOutcome.Unusable },
        { "garbage", WitnessOutcome.Unusable },
        { "too much", WitnessOutcome.Unusable },
        { "no size", WitnessOutcome.Unusable },
        { "own signature", WitnessOutcome.Unusable },
        { "more text", WitnessOutcome.Unusable },
        { "away", WitnessOutcome.Unavailable },
        { "busy", WitnessOutcome.Unavailable },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Offer_AnsweredOtherwise_IsAnOutcomeAndNeverThrown(string answer, WitnessOutcome outcome)
    {
        var note = await SignedAsync(Stored, 9);
        _witness.Instead = () => answer switch
        {
            "other text" => Results.Text(_witness.Cosign("else\n").ToString()),
            "nothing" => Results.Text(string.Empty),
            "garbage" => Results.Bytes([0xff, 0x00, 0x0a]),
            "too much" => Results.Text(string.Concat(Enumerable.Repeat(_witness.Cosign(note.Text).ToString(), 1000))),
            "no size" => Results.Text("many\n", "text/x.tlog.size", statusCode: 409),
            "own signature" => Results.Text(note.Signatures[0].ToString()),
            "more text" => Results.Text("more\n\n" + _witness.Cosign(note.Text)),
            "away" => Results.StatusCode(503),
            _ => Results.StatusCode(429),
        };
        Assert.Equal(new WitnessAnswer(outcome), await OfferAsync(note, 0, Stored));
    }

    [Fact]
    public async Task Offer_ToNobody_IsUnavailable()
    {
        var prefix = _witness.Prefix;
        await _witness.DisposeAsync();
        var client = new WitnessClient(_http, prefix, _witness.Key);
        Assert.Equal(WitnessOutcome.Unavailable, (await client.OfferAsync(await SignedAsync(Stored, 9), 0, Proofs(Stored, 9), CancellationToken.None)).Outcome);
    }

    public void Dispose()
    {
        _http.Dispose();
        _signer.Dispose();
    }

    public ValueTask DisposeAsync() => _witness.DisposeAsync();

    private async Task<SignedNote> SignedAsync(MemoryTree tree, long size) => _signer.Sign(size, await tree.Of(size).RootAsync(CancellationToken.None));

    private Task<WitnessAnswer> OfferAsync(SignedNote note, long known, MemoryTree tree) =>
        new WitnessClient(_http, _witness.Prefix, _witness.Key).OfferAsync(note, known, Proofs(tree, Checkpoint.TryParse(note.Text)!.Size), CancellationToken.None);

    private static Func<long, Task<IReadOnlyList<byte[]>>> Proofs(MemoryTree tree, long size) =>
        from => tree.Of(size).ConsistencyAsync(from, CancellationToken.None);
}
