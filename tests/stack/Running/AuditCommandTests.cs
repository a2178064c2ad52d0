using System.Text.Json;

namespace KpTelemetry.Stack.Tests.Running;

/// <summary><c>kp audit</c> against a running stack, and offline.</summary>
[Collection(nameof(SharedStack))]
public sealed class AuditCommandTests(SharedStack shared) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kp-audit-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Record_IsSignedVerifiedExportedAndVerifiedOffline()
    {
        // A read, which is on the record.
        Assert.Equal(0, (await Programs.RunAsync(Programs.Cli, ["policy", "show", "--json"], shared.Stack.Environment)).ExitCode);
        var key = (await KpAsync("key")).Output.Trim();
        Assert.StartsWith("kp-telemetry.local/access-record+", key, StringComparison.Ordinal);

        var checkpoint = await KpAsync("checkpoint");
        Assert.Equal((0, ""), (checkpoint.ExitCode, checkpoint.Errors));
        Assert.StartsWith("kp-telemetry.local/access-record\n", checkpoint.Output, StringComparison.Ordinal);
        var size = long.Parse(checkpoint.Output.Split('\n')[1]);

        var verified = JsonDocument.Parse((await KpAsync("verify", "--full", "--json")).Output).RootElement;
        Assert.Equal((0L, JsonValueKind.Null), (verified.GetProperty("from").GetInt64(), verified.GetProperty("finding").ValueKind));
        Assert.True(verified.GetProperty("proven").GetInt64() >= size);
        Assert.Equal(0, (await KpAsync("verify")).ExitCode);

        var entry = await KpAsync("verify", "--entry", "0");
        Assert.Equal((0, ""), (entry.ExitCode, entry.Errors));
        Assert.StartsWith("entry 0 is under the signed checkpoint of ", entry.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await KpAsync("verify", "--entry", "1000000")).ExitCode);

        var file = Path.Combine(_folder, "record.ndjson");
        var exported = await KpAsync("export", file, "--json");
        Assert.Equal((0, ""), (exported.ExitCode, exported.Errors));
        // Elsewhere: without the home, with the key alone.
        var offline = await Programs.RunAsync(Programs.Cli, ["audit", "verify", "--from", file, "--key", key], ("KP_HOME", _folder));
        Assert.Equal((0, ""), (offline.ExitCode, offline.Errors));
        Assert.Equal(1, (await KpAsync("export", file)).ExitCode);

        var lines = await File.ReadAllLinesAsync(file);
        await File.WriteAllLinesAsync(file, [lines[0], .. lines[2..]]);
        var changed = await Programs.RunAsync(Programs.Cli, ["audit", "verify", "--from", file, "--key", key], ("KP_HOME", _folder));
        Assert.Equal((1, "kp: entry 0: missing"), (changed.ExitCode, changed.Reason));
        Assert.Equal(2, changed.ErrorLines.Length);
    }

    [Fact]
    public async Task Access_OfAMemberNamedInAFile_IsShownAndTellsWhoLooked()
    {
        var log = Path.Combine(_folder, "access.log");
        await File.WriteAllTextAsync(log, "203.0.113.9 - cli-member [17/May/2015:10:05:03 +0000] \"GET /my/messages HTTP/1.1\" 200 100 \"-\" \"Mozilla/5.0\"\n");
        var imported = await Programs.RunAsync(Programs.Cli, ["import", log, "--site", "sample", "--json"], shared.Stack.Environment);
        // It may have waited: other tests stop servers of this stack, and it says so.
        Assert.Equal(0, imported.ExitCode);
        var member = Path.Combine(_folder, "member");
        await File.WriteAllTextAsync(member, "cli-member\n");

        var shown = await KpAsync("access", member, "--purpose", "subject-request", "--case", "C-2026-9");
        Assert.Equal((0, ""), (shown.ExitCode, shown.Errors));
        // The file is over, and with it the session.
        var lines = shown.Output.Split('\n');
        Assert.StartsWith("2015-05-17 10:25:03  signed-off  success  sample  ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("2015-05-17 10:05:03  service-accessed  success  sample  /my/messages  web", lines[1], StringComparison.Ordinal);
        var again = JsonDocument.Parse((await KpAsync("access", member, "--purpose", "legal", "--case", "C-2026-10", "--json")).Output).RootElement.GetProperty("events");
        Assert.Equal(["record-read", "signed-off", "service-accessed"], again.EnumerateArray().Select(entry => entry.GetProperty("kind").GetString()));
        Assert.Equal(("subject-request", "C-2026-9", "privacy"), (again[0].GetProperty("purpose").GetString(), again[0].GetProperty("case").GetString(), again[0].GetProperty("role").GetString()));
        Assert.All(await LogsAsync(), text => Assert.DoesNotContain("cli-member", text, StringComparison.Ordinal));

        // Standard input is empty here.
        Assert.Equal((1, "kp: no member was named"), await KpAsync("access", "--purpose", "legal", "--case", "C-1") is var nobody ? (nobody.ExitCode, nobody.Reason) : default);
    }

    private Task<string[]> LogsAsync() => Task.WhenAll(Directory.EnumerateFiles(shared.Stack.Home.Folder("logs"), "*", SearchOption.AllDirectories).Select(async file =>
    {
        await using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(open);
        return await reader.ReadToEndAsync();
    }));

    [Theory]
    [InlineData("access", "--purpose", "curiosity", "--case", "C-1")]
    [InlineData("access", "--case", "C-1")]
    [InlineData("verify", "--key", "nonsense")]
    [InlineData("verify", "--entry", "-1")]
    [InlineData("export")]
    [InlineData("nonsense")]
    public async Task WrongUse_Exits2(params string[] arguments) => Assert.Equal(2, (await KpAsync(arguments)).ExitCode);

    [Fact]
    public async Task Home_WithoutKeys_Exits1()
    {
        var ended = await Programs.RunAsync(Programs.Cli, ["audit", "key"], ("KP_HOME", _folder));
        Assert.Equal((1, "kp: this home has no keys, so none that a record could be verified with"), (ended.ExitCode, ended.Reason));
    }

    private Task<Ended> KpAsync(params string[] arguments) => Programs.RunAsync(Programs.Cli, ["audit", .. arguments], shared.Stack.Environment);
}
