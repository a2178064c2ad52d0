using CsCheck;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Sealing;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Raw;

public sealed class SealedGroupTests : IDisposable
{
    private const string KeyName = "sealing/2026-01-31";
    private readonly string _directory = Directory.CreateTempSubdirectory("kp-ingest-keys-").FullName;
    private readonly KeyStore _keys;

    public SealedGroupTests() => _keys = KeyStore.Open(_directory);

    [Fact]
    public void A_sealed_group_opens_with_its_key_and_only_with_its_header()
    {
        using var sealer = new GroupSealer(_keys);
        using var opener = new GroupOpener(_keys);
        var body = new byte[100_000];
        body.AsSpan(0, 50_000).Fill(7);
        var record = sealer.Seal("header"u8, KeyName, sealer.Compress(body));

        Assert.True(SealedGroup.TrySplit(record, out var header, out var sealedBody));
        Assert.Equal("header"u8, header);
        Assert.True(sealedBody.Length < 10_000);
        Assert.Equal(OpenResult.Opened, opener.TryOpen(record, KeyName, out var opened));
        Assert.Equal(body, opened.Span);
        Assert.Equal(OpenResult.KeyGone, opener.TryOpen(record, "sealing/2026-02-01", out _));
    }

    [Fact]
    public void Any_changed_byte_is_noticed()
    {
        using var sealer = new GroupSealer(_keys);
        using var opener = new GroupOpener(_keys);
        var record = sealer.Seal("header"u8, KeyName, sealer.Compress("body body body body"u8));
        for (var at = 0; at < record.Length; at++)
        {
            var damaged = record.ToArray();
            damaged[at] ^= 1;
            Assert.Equal(OpenResult.Unreadable, opener.TryOpen(damaged, KeyName, out _));
        }
    }

    [Fact]
    public void A_body_that_would_decompress_beyond_the_limit_is_unreadable()
    {
        using var sealer = new GroupSealer(_keys);
        using var opener = new GroupOpener(_keys, limit: 1000);
        var record = sealer.Seal("header"u8, KeyName, sealer.Compress(new byte[1001]));
        Assert.Equal(OpenResult.Unreadable, opener.TryOpen(record, KeyName, out _));
    }

    [Fact]
    public void Arbitrary_bytes_are_no_group()
    {
        using var opener = new GroupOpener(_keys);
        Gen.Byte.Array[0, 100].Check(bytes => Assert.Equal(OpenResult.Unreadable, opener.TryOpen([.. "KPG1"u8, .. bytes], KeyName, out _)), iter: 1000, threads: 1);
    }

    public void Dispose()
    {
        _keys.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
