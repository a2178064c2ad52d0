using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.Tests.Attacks;
using KpTelemetry.Audit.Tests.Checkpointing;
using KpTelemetry.Audit.Verifying;
using KpTelemetry.Audit.Verifying.Offline;
using Xunit;

namespace KpTelemetry.Audit.Tests.Verifying;

/// <summary>An export is verified offline, and whatever is changed in it is found where it is.</summary>
public sealed class OfflineTests(AttackedRecord attacked) : IClassFixture<AttackedRecord>, IAsyncLifetime
{
    private string[] _lines = [];

    private int Entries => (int)attacked.Sizes[^1];
    private int[] Places => [0, Entries / 2, Entries - 1];

    public async ValueTask InitializeAsync()
    {
        using var export = new MemoryStream();
        var exported = await new RecordExport(attacked.Record.Store, CheckpointFile.Beside(attacked.Record.Keys.Location), attacked.Signer.Key).WriteAsync(export, null, CancellationToken.None);
        Assert.Equal(new Exported(Entries, attacked.Sizes.Count), exported);
        _lines = Encoding.UTF8.GetString(export.ToArray()).TrimEnd('\n').Split('\n');
    }

    [Fact]
    public async Task Export_AsItIs_Verifies() =>
        Assert.Equal(new Verification(0, Entries, attacked.Sizes.Count, Entries, null), await VerifyAsync(_lines));

    [Fact]
    public async Task Export_OfARecordWithoutCheckpoint_IsRefused()
    {
        await using var record = await Record.CreateAsync();
        using var export = new MemoryStream();
        await Assert.ThrowsAsync<InvalidDataException>(() => new RecordExport(record.Store, CheckpointFile.Beside(record.Keys.Location), attacked.Signer.Key).WriteAsync(export, null, CancellationToken.None));
    }

    [Fact]
    public async Task Export_UnderAnotherKey_IsNotSigned()
    {
        using var other = new CheckpointSigner(attacked.Signer.Origin, NoteTests.Seed(5));
        var verified = await new ExportVerifier(other.Key).VerifyAsync(Stream(_lines), null, CancellationToken.None);
        Assert.Equal("not signed by this record's key", verified.Finding?.What);
    }

    [Fact]
    public async Task Entries_EditedInAnyField_AreFoundAtTheEntry()
    {
        foreach (var index in Places)
        {
            var fields = JsonNode.Parse(_lines[LineOf(index)])!.AsObject().Select(field => field.Key).ToList();
            Assert.Equal(11, fields.Count);
            foreach (var field in fields)
            {
                var edited = JsonNode.Parse(_lines[LineOf(index)])!;
                edited[field] = Other(edited[field]!);
                IsAt(index, await FindAsync(With(LineOf(index), edited.ToJsonString())), field);
                edited.AsObject().Remove(field);
                Assert.NotNull(await FindAsync(With(LineOf(index), edited.ToJsonString())));
            }

            foreach (var garbage in (string[])["", "{}", "null", "[1]", "{", _lines[LineOf(index)][..^1], _lines[LineOf(index)] + "1", _lines[LineOf(index)][..^1] + ",\"more\":1}"])
                IsAt(index, await FindAsync(With(LineOf(index), garbage)), garbage);
        }
    }

    // Each says what the line said, to one that reads the last of two, or does not mind what else there is.
    [Fact]
    public async Task Lines_ThatSayAThingTwiceOrOtherwise_OrAreTwoThings_AreNone()
    {
        foreach (var index in Places)
        {
            var (line, checkpoint) = (_lines[LineOf(index)], _lines[LineOf((int)attacked.Sizes[0] - 1) + 1]);
            string[] others =
            [
                $"{{\"index\":{index + 7},{line[1..]}", $"{line[..^1]},{line.Split(',')[1]}}}", line.Replace($"{line.Split(',')[1]},", "\"checkpoint\":null,", StringComparison.Ordinal), $"{line[..^1]},\"checkpoint\":null}}",
                line.Replace("\"index\"", "\"Index\"", StringComparison.Ordinal), line.Replace($":{index},", $":\"{index}\",", StringComparison.Ordinal),
                $"{line[..^1]},{checkpoint[1..]}", $"{checkpoint[..^1]},{line[1..]}", $"{_lines[0][..^1]},{line[1..]}",
            ];
            // A number that runs over to the same time.
            var at = line.Split(',').Single(field => field.StartsWith("\"at\":", StringComparison.Ordinal));
            foreach (var other in others.Append(line.Replace(at, $"\"at\":{long.Parse(at[5..], CultureInfo.InvariantCulture) + (1L << 61)}", StringComparison.Ordinal)))
                IsAt(index, await FindAsync(With(LineOf(index), other)), other);
        }

        foreach (var size in attacked.Sizes)
        {
            var at = LineOf((int)size - 1) + 1;
            foreach (var (other, name) in new[] { ($"{_lines[at][..^1]},{_lines[LineOf(0)][1..]}", "an entry too"), ($"{_lines[LineOf(0)][..^1]},{_lines[at][1..]}", "an entry first"), ($"{_lines[at][..^1]},\"entries\":1}}", "a head too"), ($"{{\"checkpoint\":\"\",{_lines[at][1..]}", "twice") })
                IsAt(size, await FindAsync(With(at, other)), name);
        }

        Assert.NotNull(await FindAsync(With(0, $"{_lines[0][..^1]},{_lines[LineOf(0)][1..]}")));
    }

    [Fact]
    public async Task Entries_DeletedInsertedOrReordered_AreFoundAtTheFirst()
    {
        foreach (var index in Places)
        {
            var at = LineOf(index);
            Covers(index, await FindAsync([.. _lines[..at], .. _lines[(at + 1)..]]), "deleted");
            Covers(index, await FindAsync([.. _lines[..(at + 1)], _lines[at], .. _lines[(at + 1)..]]), "there twice");
            Covers(index, await FindAsync([.. _lines[..at], _lines[at].Replace($"\"index\":{index},", $"\"index\":{index + 1},", StringComparison.Ordinal), .. _lines[(at + 1)..]]), "moved");
            if (index > 0 && index < Entries - 1)
                IsAt(index, await FindAsync([.. _lines[..at], _lines[at + 1], _lines[at], .. _lines[(at + 2)..]]), "reordered");
        }
    }

    [Fact]
    public async Task Export_CutAnywhere_IsFound()
    {
        for (var lines = 0; lines < _lines.Length; lines += lines < 5 || lines > _lines.Length - 5 ? 1 : 41)
            Assert.NotNull(await FindAsync(_lines[..lines]));
        var whole = Encoding.UTF8.GetBytes(string.Join('\n', _lines) + "\n");
        for (var cut = whole.Length - 1; cut > whole.Length - 400; cut -= 7)
            Assert.NotNull((await new ExportVerifier(attacked.Signer.Key).VerifyAsync(new MemoryStream(whole[..cut]), null, CancellationToken.None)).Finding);
        var more = Entries;
        IsAt(more, await FindAsync([.. _lines, _lines[LineOf(0)].Replace("\"index\":0,", $"\"index\":{more},", StringComparison.Ordinal)]), "more");
    }

    [Fact]
    public async Task Checkpoints_ChangedGoneOrMoved_AreFound()
    {
        foreach (var size in attacked.Sizes)
        {
            var at = LineOf((int)size - 1) + 1;
            Assert.StartsWith("{\"checkpoint\":", _lines[at], StringComparison.Ordinal);
            Covers(size, await FindAsync([.. _lines[..at], .. _lines[(at + 1)..]]), "gone");
            Assert.NotNull(await FindAsync([.. _lines[..at], _lines[at], _lines[at], .. _lines[(at + 1)..]]));
            Assert.NotNull(await FindAsync([.. _lines[..(at - 1)], _lines[at], _lines[at - 1], .. _lines[(at + 1)..]]));
            Assert.NotNull(await FindAsync(With(at, _lines[at].Replace($"\\n{size}\\n", $"\\n{size + 1}\\n", StringComparison.Ordinal))));
            using var stranger = new CheckpointSigner(attacked.Signer.Origin, NoteTests.Seed(7));
            Assert.Equal($"the checkpoint after entry {size - 1}", (await FindAsync(With(at, new JsonObject { ["checkpoint"] = stranger.Sign(size, new byte[32]).ToString() }.ToJsonString())))?.Place);
            Covers(size - 1, await FindAsync(With(at, new JsonObject { ["checkpoint"] = attacked.Signer.Sign(size, new byte[32]).ToString() }.ToJsonString())), "of other entries");
        }
    }

    [Theory]
    [InlineData("{\"export\":2,\"entries\":1}")]
    [InlineData("{\"export\":1}")]
    [InlineData("{\"export\":1,\"entries\":-1}")]
    [InlineData("{\"export\":1,\"entries\":100000}")]
    [InlineData("{\"export\":1,\"entries\":3}")]
    [InlineData("")]
    public async Task Head_ThatIsNone_IsFound(string head) => Assert.NotNull(await FindAsync(With(0, head)));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private int LineOf(int index) => Array.FindIndex(_lines, line => line.StartsWith($"{{\"index\":{index},", StringComparison.Ordinal));

    private string[] With(int at, string line) => [.. _lines[..at], line, .. _lines[(at + 1)..]];

    private async Task<Finding?> FindAsync(string[] lines) => (await VerifyAsync(lines)).Finding;

    private Task<Verification> VerifyAsync(string[] lines) => new ExportVerifier(attacked.Signer.Key).VerifyAsync(Stream(lines), null, CancellationToken.None);

    private static MemoryStream Stream(string[] lines) => new(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));

    private static JsonNode Other(JsonNode value) => value.GetValueKind() switch
    {
        System.Text.Json.JsonValueKind.Number => value.GetValue<long>() + 1,
        _ when Guid.TryParse(value.GetValue<string>(), out _) => new Guid("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b0ff").ToString(),
        _ => Convert.ToBase64String(Convert.FromBase64String(value.GetValue<string>()).Select((part, i) => i == 5 ? (byte)(part ^ 1) : part).ToArray()),
    };

    private static void IsAt(long index, Finding? found, string attack) => Assert.True(found?.Index == index, $"{attack} at {index}: {found}");

    // What is gone or there twice is told at its place or at the one that follows.
    private static void Covers(long index, Finding? found, string attack) => Assert.True(found?.Index >= 0 && found.Index <= index + 1, $"{attack} at {index}: {found}");
}
