using KpTelemetry.Stack.Tests.Running;

namespace KpTelemetry.Stack.Tests.CommandLines;

/// <summary><c>./kp</c> itself.</summary>
public sealed class FrontDoorTests : IDisposable
{
    // Commands that are shell, not programs.
    private static readonly string[] InShell = ["test", "bench"];

    private readonly string folder = Directory.CreateTempSubdirectory("kp front door ").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Help_ListsEveryCommandAndNoOther()
    {
        var help = await RunAsync([Programs.FrontDoor, "--help"]);
        var listed = help.Output.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal)).Select(line => line.Trim().Split(' ')[0]).ToHashSet();

        Assert.Equal(0, help.ExitCode);
        Assert.Equal(
            [.. await CommandsAsync(Programs.Cli), .. await CommandsAsync(Programs.Stack), .. InShell],
            listed);
    }

    [Fact]
    public async Task NoCommand_IsWrongUsage()
    {
        var ended = await RunAsync([Programs.FrontDoor]);

        Assert.Equal(2, ended.ExitCode);
        Assert.Empty(ended.Output);
    }

    [Fact]
    public async Task ThroughALinkInAPathWithSpaces_FindsItself()
    {
        var link = Path.Combine(folder, "a link");
        File.CreateSymbolicLink(link, Programs.FrontDoor);
        var ended = await RunAsync([link, "--help"]);

        Assert.Equal(0, ended.ExitCode);
        Assert.StartsWith("KpTelemetry", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MissingSdk_IsToldInOneLineWithAHint()
    {
        var ended = await RunInCopyAsync(path: "/nowhere");

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal("kp: .NET SDK 10 is missing", ended.Reason);
        Assert.Contains("get it from", ended.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OldNode_IsToldInOneLineWithAHint()
    {
        // Programs that answer as an SDK and an old Node do.
        await WriteProgramAsync("dotnet", "exit 0");
        await WriteProgramAsync("node", "echo 16");
        var ended = await RunInCopyAsync(path: folder);

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal("kp: Node 20 or later is missing (found 16)", ended.Reason);
        Assert.Contains("get it from", ended.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("one", "two")]
    public async Task Test_WrongUsage_Exits2(params string[] arguments)
    {
        var ended = await RunAsync([Programs.FrontDoor, "test", .. arguments]);

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("--help", ended.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SettingsFile_IsReadAndOverriddenByTheEnvironment()
    {
        var settings = Path.Combine(folder, "settings");
        await File.WriteAllTextAsync(settings, $"# where\nKP_HOME={folder}/from the file\nKP_PORT_BASE=9100\n");
        var fromFile = await RunAsync([Programs.FrontDoor, "status"], ("KP_SETTINGS", settings));
        var overridden = await RunAsync([Programs.FrontDoor, "status"], ("KP_SETTINGS", settings), ("KP_HOME", folder));

        Assert.Equal($"kp: no stack is running with the home {folder}/from the file", fromFile.Reason);
        Assert.Equal($"kp: no stack is running with the home {folder}", overridden.Reason);
    }

    /// <summary>A clone in which nothing is built yet, and a machine on which only what is in the path is installed.</summary>
    private Task<Ended> RunInCopyAsync(string path)
    {
        var clone = Directory.CreateDirectory(Path.Combine(folder, "clone"));
        var shell = Directory.CreateDirectory(Path.Combine(clone.FullName, "local", "shell"));
        File.Copy(Programs.FrontDoor, Path.Combine(clone.FullName, "kp"));
        foreach (var file in Directory.GetFiles(Path.Combine(Path.GetDirectoryName(Programs.FrontDoor)!, "local", "shell")))
        {
            File.Copy(file, Path.Combine(shell.FullName, Path.GetFileName(file)));
        }

        // Of the tools of every Linux, the ones that the front door uses before it builds.
        var tools = Directory.CreateDirectory(Path.Combine(folder, "tools"));
        foreach (var tool in (string[])["readlink", "dirname", "find", "cmp", "bash", "mkdir"])
        {
            File.CreateSymbolicLink(Path.Combine(tools.FullName, tool), File.Exists($"/usr/bin/{tool}") ? $"/usr/bin/{tool}" : $"/bin/{tool}");
        }

        return RunAsync(
            ["/usr/bin/env", "-i", $"PATH={path}:{tools.FullName}", "HOME=/nowhere", "bash", Path.Combine(clone.FullName, "kp"), "status"]);
    }

    private async Task WriteProgramAsync(string name, string body)
    {
        var path = Path.Combine(folder, name);
        await File.WriteAllTextAsync(path, $"#!/bin/bash\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static async Task<IEnumerable<string>> CommandsAsync(string program)
    {
        var help = await Programs.RunAsync(program, ["--help"]);
        return help.Output.Split('\n')
            .SkipWhile(line => line != "Commands:")
            .Skip(1)
            .Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ')
            .Select(line => line.Trim().Split(' ')[0]);
    }

    private static Task<Ended> RunAsync(string[] command, params (string Name, string Value)[] environment) =>
        Programs.RunToEndAsync(Programs.Describe(command, environment));
}
