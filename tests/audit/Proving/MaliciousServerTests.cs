using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Proving;
using KpTelemetry.Audit.Tests.Checkpointing;
using KpTelemetry.Audit.Tests.Tree;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace KpTelemetry.Audit.Tests.Proving;

/// <summary>A server that answers what it likes: our client takes what is proven and refuses all else, as a value.</summary>
public sealed class MaliciousServerTests : IAsyncLifetime
{
    private const int Size = 777;
    private static readonly byte[][] Leaves = NaiveTree.Leaves(1000, seed: 41);
    private static readonly MemoryTree Stored = new(Leaves);
    private static readonly MemoryTree Forked = new([.. Leaves[..300], Leaves[999], .. Leaves[301..]]);

    private readonly CheckpointSigner _signer = new("example.org/record", NoteTests.Seed(1));
    private readonly HttpClient _http = new();
    private WebApplication _app = null!;

    // What the server lies with; null where it tells the truth.
    private Func<string, byte[][]?, IResult?> _lie = (_, _) => null;
    private MemoryTree _tree = Stored;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/api/v1/audit/checkpoint", async () => _lie("checkpoint", null) ?? Results.Text((await SignedAsync()).ToString()));
        _app.MapGet("/api/v1/audit/leaves", (long from, long to) => Told("leaves", Leaves[(int)from..(int)to]));
        _app.MapGet("/api/v1/audit/proofs/inclusion", async (long index, long size) => Told("hashes", [.. await _tree.Of(size).InclusionAsync(index, CancellationToken.None)]));
        _app.MapGet("/api/v1/audit/proofs/consistency", async (long from, long to) => Told("hashes of growth", [.. await _tree.Of(to).ConsistencyAsync(from, CancellationToken.None)]));
        await _app.StartAsync();
        _http.BaseAddress = new Uri(_app.Urls.Single());
    }

    [Fact]
    public async Task Truth_IsProvenForEachEntry()
    {
        for (var index = 0; index < Size; index += 97)
        {
            var proven = await AskAsync(index);
            Assert.Null(proven.Refusal);
            Assert.Equal(Leaves[index], proven.Leaf);
            Assert.Equal(Size, proven.Checkpoint!.Size);
        }

        Assert.NotNull((await AskAsync(Size)).Refusal);
        Assert.NotNull((await AskAsync(-1)).Refusal);
        Assert.NotNull((await AskAsync(long.MaxValue - 1)).Refusal);
    }

    [Theory]
    [InlineData("leaves")]
    [InlineData("hashes")]
    [InlineData("hashes of growth")]
    public async Task Hashes_ChangedMissingMoreOrInAnotherOrder_AreRefused(string what)
    {
        Func<byte[][], byte[][]>[] lies =
        [
            told => [],
            told => told[..^1],
            told => told[1..],
            told => [.. told, told[0]],
            told => [told[^1], .. told],
            told => [told[0][..^1], .. told[1..]],
            told => [[.. told[0], 0], .. told[1..]],
            told => [[], .. told[1..]],
            told => [[.. told[0][..^1], (byte)(told[0][^1] ^ 1)], .. told[1..]],
            told => [.. told[..^1], [(byte)(told[^1][0] ^ 1), .. told[^1][1..]]],
            told => [.. Enumerable.Repeat(told[0], 4000)],
        ];
        foreach (var lie in lies)
        {
            _lie = (kind, told) => kind == what ? Json(what, lie(told!)) : null;
            Assert.NotNull((await AskAsync(123)).Refusal);
        }

        if (what == "leaves")
            return;
        _lie = (kind, told) => kind == what ? Json(what, [.. told!.Reverse()]) : null;
        Assert.NotNull((await AskAsync(123)).Refusal);
    }

    [Theory]
    [InlineData("checkpoint")]
    [InlineData("leaves")]
    [InlineData("hashes")]
    [InlineData("hashes of growth")]
    public async Task Answers_ThatAreNone_AreRefused(string what)
    {
        IResult[] answers =
        [
            Results.StatusCode(500), Results.NotFound(), Results.Text(""), Results.Text("null"), Results.Text("[]"), Results.Text("{}"), Results.Text("{"), Results.Text("{\"hashes\":1,\"leaves\":1}"),
            Results.Text("{\"hashes\":[1],\"leaves\":[1]}"), Results.Text("{\"hashes\":[\"?\"],\"leaves\":[\"?\"]}"), Results.Text("{\"hashes\":[null],\"leaves\":[null]}"), Results.Bytes(new byte[1_000_000]),
        ];
        foreach (var answer in answers)
        {
            _lie = (kind, _) => kind == what ? answer : null;
            Assert.NotNull((await AskAsync(123)).Refusal);
        }
    }

    [Fact]
    public async Task Fork_SignedWithTheRecordsOwnKey_IsRefusedByWhoHasSeenTheOther()
    {
        _tree = Forked;
        Assert.Contains("does not extend", (await AskAsync(5)).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checkpoint_OlderThanTheOneSeen_OrOfAStranger_IsRefused()
    {
        var older = _signer.Sign(100, await Stored.Of(100).RootAsync(CancellationToken.None)).ToString();
        _lie = (kind, _) => kind == "checkpoint" ? Results.Text(older) : null;
        Assert.Contains("does not extend", (await AskAsync(5)).Refusal, StringComparison.Ordinal);
        using var stranger = new CheckpointSigner("example.org/record", NoteTests.Seed(2));
        var strange = stranger.Sign(Size, await Stored.Of(Size).RootAsync(CancellationToken.None)).ToString();
        _lie = (kind, _) => kind == "checkpoint" ? Results.Text(strange) : null;
        Assert.Contains("not signed", (await AskAsync(5)).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_ThatIsAway_IsRefused()
    {
        await _app.StopAsync();
        Assert.Equal("the server does not answer", (await AskAsync(5)).Refusal);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _signer.Dispose();
        await _app.DisposeAsync();
    }

    private async Task<ProvenEntry> AskAsync(long index)
    {
        var known = new Checkpoint("example.org/record", 301, await Stored.Of(301).RootAsync(CancellationToken.None));
        return await new ProofClient(_http, _signer.Key).EntryAsync(index, known, CancellationToken.None);
    }

    private async Task<SignedNote> SignedAsync() => _signer.Sign(Size, await _tree.Of(Size).RootAsync(CancellationToken.None));

    private IResult Told(string what, byte[][] told) => _lie(what, told) ?? Json(what, told);

    private static IResult Json(string what, byte[][] told) => Results.Json(new Dictionary<string, byte[][]>(StringComparer.Ordinal) { [what.Split(' ')[0]] = told });
}
