using System.Text.Json;
using KpTelemetry.Cli.CommandLines;
using KpTelemetry.Cli.Stacks;

namespace KpTelemetry.Local.Stack.Demo;

/// <summary>How far a home's demo has come, so that the next goes on there instead of playing history again.</summary>
/// <param name="HistoryEnd">Where the first demo's history ends.</param>
/// <param name="ChaptersDone">Chapters whose import has ended.</param>
internal sealed record DemoState(DateTimeOffset HistoryEnd, int ChaptersDone)
{
    /// <summary>The home's state; where there is none, a demo that begins now.</summary>
    public static DemoState Read(StackHome home, TimeProvider time)
    {
        try
        {
            if (JsonSerializer.Deserialize<DemoState>(File.ReadAllBytes(Path(home)), JsonOutput.Options) is { } state)
                return state;
        }
        catch (Exception exception) when (exception is FileNotFoundException or JsonException)
        {
            // A state that is not there or not whole costs nothing: history sent again is known line by line.
        }

        return new DemoState(time.GetUtcNow(), 0);
    }

    /// <summary>Replaces the home's state whole.</summary>
    public void Write(StackHome home)
    {
        var next = Path(home) + ".next";
        File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(this, JsonOutput.Options));
        File.Move(next, Path(home), overwrite: true);
    }

    private static string Path(StackHome home) => home.Folder("demo.json");
}
