using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Tree;
using KpTelemetry.Platform.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Audit.Tests.Checkpointing;

/// <summary>A witness over HTTP on loopback that checks as C2SP tlog-witness says, for one log.</summary>
internal sealed class TestWitness : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Ed25519Signer _signer = new(NoteTests.Seed(9));
    private readonly VerifierKey _log;
    private readonly Lock _lock = new();

    private TestWitness(VerifierKey log, WebApplication app) => (_log, _app) = (log, app);

    /// <summary>What it has cosigned last.</summary>
    public (long Size, byte[] Root) Seen { get; set; } = (0, TreeHash.EmptyRoot);

    /// <summary>How often it was asked.</summary>
    public int Asked { get; private set; }

    /// <summary>What it answers instead, where it is none of the good ones.</summary>
    public Func<IResult>? Instead { get; set; }

    public VerifierKey Key => VerifierKey.Of("witness.example/w1", SignatureType.Cosignature, _signer.PublicKey);

    public Uri Prefix => new(_app.Urls.Single() + "/sub/");

    public static async Task<TestWitness> StartAsync(VerifierKey log)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var witness = new TestWitness(log, builder.Build());
        witness._app.MapPost("/sub/add-checkpoint", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body, Encoding.UTF8);
            return witness.Answer(await reader.ReadToEndAsync());
        });
        await witness._app.StartAsync();
        return witness;
    }

    private IResult Answer(string body)
    {
        lock (_lock)
        {
            Asked++;
            return Instead?.Invoke() ?? Checked(body);
        }
    }

    private IResult Checked(string body)
    {
        var lines = body.Split('\n');
        var proofLines = lines.Skip(1).TakeWhile(line => line.Length > 0).ToArray();
        var noteText = body[(body.IndexOf("\n\n", StringComparison.Ordinal) + 2)..];
        if (!lines[0].StartsWith("old ", StringComparison.Ordinal) || Checkpoint.SizeOf(lines[0][4..]) is not { } old || proofLines.Length > 63)
            return Results.StatusCode(400);
        if (SignedNote.TryParse(Encoding.UTF8.GetBytes(noteText), out var note) != NoteProblem.None || Checkpoint.TryParse(note!.Text) is not { } checkpoint)
            return Results.StatusCode(400);
        if (checkpoint.Origin != _log.Name)
            return Results.StatusCode(404);
        if (note.Verify([_log], out _) != NoteProblem.None)
            return Results.StatusCode(403);
        if (old > checkpoint.Size)
            return Results.StatusCode(400);
        if (old != Seen.Size)
            return Results.Text(Seen.Size.ToString(CultureInfo.InvariantCulture) + "\n", "text/x.tlog.size", statusCode: 409);
        if (old == checkpoint.Size && !Seen.Root.AsSpan().SequenceEqual(checkpoint.Root))
            return Results.StatusCode(409);
        if (TreeProof.Consistency(old, Seen.Root, checkpoint.Size, checkpoint.Root, [.. proofLines.Select(Convert.FromBase64String)]) != ProofVerdict.Proven)
            return Results.StatusCode(422);
        Seen = (checkpoint.Size, checkpoint.Root);
        return Results.Text(Cosign(note.Text).ToString());
    }

    public NoteSignature Cosign(string text)
    {
        const long At = 1_679_315_147;
        var timed = new byte[8 + 64];
        BinaryPrimitives.WriteInt64BigEndian(timed, At);
        _signer.Sign(VerifierKey.Cosigned(text, At)).CopyTo(timed, 8);
        return new NoteSignature(Key.Name, Key.Id, timed);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _signer.Dispose();
    }
}
