using System.Text;
using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Tree;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Settings;
using Xunit;

namespace KpTelemetry.Audit.Tests.Checkpointing;

public sealed class NoteTests : IDisposable
{
    private const string Origin = "example.org/record";
    private static readonly byte[] Root = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly CheckpointSigner _signer = new(Origin, Seed(1));

    [Fact]
    public void Signed_OpensAsWhatWasSigned()
    {
        var note = _signer.Sign(42, Root).ToString();
        Assert.StartsWith($"{Origin}\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n— {Origin} ", note, StringComparison.Ordinal);
        Assert.Equal(NoteProblem.None, Open(note, out var checkpoint));
        Assert.Equal((Origin, 42L), (checkpoint!.Origin, checkpoint.Size));
        Assert.Equal(Root, checkpoint.Root);
        Assert.Equal(note, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(_signer.Sign(42, Root).ToString())));
    }

    [Fact]
    public void Signed_WithAnyByteChanged_DoesNotOpen()
    {
        var note = Encoding.UTF8.GetBytes(_signer.Sign(42, Root).ToString());
        for (var at = 0; at < note.Length; at++)
        {
            foreach (var bit in (int[])[0, 1, 5, 7])
            {
                var changed = note.ToArray();
                changed[at] ^= (byte)(1 << bit);
                Assert.True(Checkpoint.TryOpen(changed, _signer.Key, out var checkpoint) != NoteProblem.None && checkpoint is null, $"byte {at}, bit {bit}");
            }
        }
    }

    [Fact]
    public void Signed_CutAnywhere_DoesNotOpen()
    {
        var note = Encoding.UTF8.GetBytes(_signer.Sign(42, Root).ToString());
        for (var length = 0; length < note.Length; length++)
            Assert.NotEqual(NoteProblem.None, Checkpoint.TryOpen(note.AsSpan(0, length), _signer.Key, out _));
    }

    [Fact]
    public void Signatures_ByOthers_AreIgnored()
    {
        using var other = new CheckpointSigner(Origin, Seed(2));
        using var stranger = new CheckpointSigner("stranger", Seed(3));
        var own = _signer.Sign(42, Root);
        var note = own with { Signatures = [.. other.Sign(1, Root).Signatures, .. own.Signatures, .. stranger.Sign(2, Root).Signatures] };
        Assert.Equal(NoteProblem.None, Open(note.ToString(), out _));
        Assert.Equal(NoteProblem.Unsigned, Open(other.Sign(42, Root).ToString(), out _));
    }

    [Fact]
    public void Signature_ByAKnownKeyThatDoesNotHold_RefusesTheNoteWhateverElseIsThere()
    {
        var own = _signer.Sign(42, Root);
        var note = own with { Signatures = [.. own.Signatures, .. _signer.Sign(43, Root).Signatures] };
        Assert.Equal(NoteProblem.BadSignature, Open(note.ToString(), out _));
    }

    [Fact]
    public void Checkpoint_OfAnotherOriginUnderTheKnownKey_IsRefused()
    {
        var text = new Checkpoint("example.org/other", 42, Root).Text;
        Assert.Equal(NoteProblem.OtherOrigin, Open(SignedAnyway(text), out _));
    }

    [Theory]
    [InlineData("example.org/record\n")]
    [InlineData("example.org/record\n42\n")]
    [InlineData("example.org/record\n042\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")]
    [InlineData("example.org/record\n-1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")]
    [InlineData("example.org/record\n+1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")]
    [InlineData("example.org/record\n9223372036854775808\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")]
    [InlineData("example.org/record\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n")]
    [InlineData("example.org/record\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n")]
    [InlineData("example.org/record\n42\n\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")]
    public void Text_ThatIsNoCheckpoint_IsRefusedAlsoWhenSigned(string text) =>
        Assert.Equal(NoteProblem.NoCheckpoint, Open(SignedAnyway(text), out _));

    [Fact]
    public void Note_WithMoreThanItMayHave_IsTooLong()
    {
        var own = _signer.Sign(42, Root);
        Assert.Equal(NoteProblem.TooLong, Open((own with { Signatures = [.. Enumerable.Repeat(own.Signatures[0], 65)] }).ToString(), out _));
        Assert.Equal(NoteProblem.None, Open((own with { Signatures = [.. Enumerable.Repeat(own.Signatures[0], 64)] }).ToString(), out _));
        Assert.Equal(NoteProblem.TooLong, Open(new string('a', SignedNote.MostBytes + 1), out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\n— name\n")]
    [InlineData("text\n\n— name AAAA\n")]
    [InlineData("text\n\n— name AAAAAAA= \n")]
    [InlineData("text\n\n- name AAAAAAA=\n")]
    [InlineData("text\n\n— na+me AAAAAAA=\n")]
    [InlineData("text\n— name AAAAAAA=\n")]
    public void Text_ThatIsNoNote_IsRefused(string text) => Assert.Equal(NoteProblem.NoNote, Open(text, out _));

    [Fact]
    public void Bytes_ThatAreNoText_AreRefused()
    {
        Assert.Equal(NoteProblem.NoText, Checkpoint.TryOpen([0xff, 0xfe], _signer.Key, out _));
        Assert.Equal(NoteProblem.NoText, Open("text\r\n\n— name AAAAAAA=\n", out _));
    }

    [Fact]
    public void Key_IsReadAsItIsWritten()
    {
        var written = _signer.Key.ToString();
        Assert.Equal(_signer.Key, VerifierKey.TryParse(written));
        Assert.Null(VerifierKey.TryParse(written[..^1]));
        Assert.Null(VerifierKey.TryParse("x" + written));
        Assert.Null(VerifierKey.TryParse(written.ToUpperInvariant()));
        Assert.Null(VerifierKey.TryParse("name+00000000"));
        Assert.Null(VerifierKey.TryParse(string.Empty));
    }

    // RFC 8032, section 7.1, test 1.
    [Fact]
    public void Ed25519_IsThatOfRfc8032()
    {
        using var signer = new Ed25519Signer(Convert.FromHexString("9D61B19DEFFD5A60BA844AF492EC2CC44449C5697B326919703BAC031CAE7F60"));
        Assert.Equal("D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A", Convert.ToHexString(signer.PublicKey));
        Assert.Equal(
            "E5564300C360AC729086E2CC806E828A84877F1EB8E5D974D873E065224901555FB8821590A33BACC61E39701CF9B46BD25BF5F0595BBE24655141438E7A100B",
            Convert.ToHexString(signer.Sign([])));
        Assert.False(Ed25519.IsValid(signer.PublicKey, [1], signer.Sign([])));
        Assert.False(Ed25519.IsValid(signer.PublicKey.AsSpan(1), [], signer.Sign([])));
        Assert.False(Ed25519.IsValid(signer.PublicKey, [], signer.Sign([]).AsSpan(1)));
    }

    [Fact]
    public void Settings_ThatCannotBeUsed_AreToldTogether()
    {
        var problems = Assert.Throws<SettingsException>(() => CheckpointSettings.From(name => name switch
        {
            "KP_AUDIT_ORIGIN" => "two words",
            "KP_AUDIT_WITNESS" => "ftp://example.org",
            _ => _signer.Key.ToString(),
        })).Problems;
        Assert.Equal(3, problems.Count);
        Assert.Single(Assert.Throws<SettingsException>(() => CheckpointSettings.From(name => name == "KP_AUDIT_WITNESS" ? "https://example.org" : null)).Problems);
        Assert.Equal(new CheckpointSettings(), CheckpointSettings.From(_ => null));
    }

    public void Dispose() => _signer.Dispose();

    internal static byte[] Seed(byte filler) => [.. Enumerable.Repeat(filler, TreeHash.Bytes)];

    private NoteProblem Open(string note, out Checkpoint? checkpoint) => Checkpoint.TryOpen(Encoding.UTF8.GetBytes(note), _signer.Key, out checkpoint);

    private string SignedAnyway(string text)
    {
        using var key = new Ed25519Signer(Seed(1));
        return new SignedNote(text, [new NoteSignature(Origin, _signer.Key.Id, key.Sign(Encoding.UTF8.GetBytes(text)))]).ToString();
    }
}
