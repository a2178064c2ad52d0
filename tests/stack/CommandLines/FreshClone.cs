using KpTelemetry.Stack.Tests.Running;

namespace KpTelemetry.Stack.Tests.CommandLines;

/// <summary>
/// A clone in which nothing is built, on a machine on which the SDK and Node are programs of the test's own: what the
/// front door does with them is seen without building anything.
/// </summary>
internal sealed class FreshClone : IDisposable
{
    // What the front door uses of what every Linux has.
    private static readonly string[] Tools =
        ["bash", "basename", "cat", "cmp", "cp", "dirname", "find", "flock", "mkdir", "readlink", "rm", "sed", "sleep", "tail", "timeout", "touch"];

    private readonly string folder = Directory.CreateTempSubdirectory("kp fresh clone ").FullName;

    public FreshClone()
    {
        Directory.CreateDirectory(Path.Combine(Root, "local", "shell"));
        Directory.CreateDirectory(Path.Combine(Root, "cli"));
        Directory.CreateDirectory(Machine);
        File.Copy(Programs.FrontDoor, Path.Combine(Root, "kp"));
        foreach (var file in Directory.GetFiles(Path.Combine(Path.GetDirectoryName(Programs.FrontDoor)!, "local", "shell")))
        {
            File.Copy(file, Path.Combine(Root, "local", "shell", Path.GetFileName(file)));
        }

        File.WriteAllText(Path.Combine(Root, "cli", "Program.cs"), "");
        File.WriteAllText(Path.Combine(Root, "package-lock.json"), "{}");
        foreach (var tool in Tools)
        {
            File.CreateSymbolicLink(Path.Combine(Machine, tool), File.Exists($"/usr/bin/{tool}") ? $"/usr/bin/{tool}" : $"/bin/{tool}");
        }
    }

    /// <summary>The clone.</summary>
    public string Root => Path.Combine(folder, "a clone");

    /// <summary>What the SDK, Node and npm were asked, one line each.</summary>
    public string[] Asked => File.Exists(AskedFile) ? File.ReadAllLines(AskedFile) : [];

    private string Machine => Path.Combine(folder, "programs");

    private string AskedFile => Path.Combine(folder, "asked");

    /// <summary>Installs an SDK that takes a moment to build and, as a program's runtime, prints the settings that it was given.</summary>
    public FreshClone WithSdk() => With("dotnet", """
        case $1 in
          --version) echo 10.0.400 ;;
          build) sleep 0.3 ;;
          *.Tests.dll) . "$1.body" ;;
          *.dll) echo "home $KP_HOME" ;;
        esac
        """);

    /// <summary>Installs a Node of that version, and npm.</summary>
    public FreshClone WithNode(int version) =>
        With("node", $"echo {version}").With("npm", "mkdir -p node_modules");

    /// <summary>Adds a test project that does, when it is run, what the lines of shell say.</summary>
    public FreshClone WithTests(string name, string body)
    {
        var built = Directory.CreateDirectory(Path.Combine(Root, "artifacts", "bin", $"{name}.Tests", "release"));
        File.WriteAllText(Path.Combine(built.FullName, $"{name}.Tests.dll.body"), body);
        Directory.CreateDirectory(Path.Combine(Root, "tests", name));
        File.WriteAllText(Path.Combine(Root, "tests", name, $"{name}.Tests.csproj"), "");
        return this;
    }

    /// <summary>Runs the front door there.</summary>
    public Task<Ended> RunAsync(string[] arguments, params (string Name, string Value)[] environment) => Programs.RunToEndAsync(Programs.Describe(
        ["/usr/bin/env", "-i", $"PATH={Machine}", $"HOME={folder}", .. environment.Select(one => $"{one.Name}={one.Value}"), "bash", Path.Combine(Root, "kp"), .. arguments]));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private FreshClone With(string name, string body)
    {
        var path = Path.Combine(Machine, name);
        File.WriteAllText(path, $"#!/bin/bash\necho \"{name} $1\" >>'{AskedFile}'\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return this;
    }
}
